import { counter } from './counter/claims.ts';
import { gauge } from './gauge/claims.ts';
import { histogram } from './histogram/claims.ts';
import { kindsOf } from './kind.ts';

/** The kinds that collectors read. For a collector with only one thread see sole-kinds.ts. */
export const READING_KINDS = kindsOf([counter, gauge, histogram]);
