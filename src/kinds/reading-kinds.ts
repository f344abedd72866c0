import { counter } from './counter/claims.ts';
import { gauge } from './gauge/claims.ts';
import { histogram } from './histogram/claims.ts';
import { kindsOf } from './kind.ts';

/** The kinds that every collector reads. Where one thread records: see sole-kinds.ts. */
export const READING_KINDS = kindsOf([counter, gauge, histogram]);
