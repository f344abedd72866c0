import { soleCounter } from './counter/reading.ts';
import { soleGauge } from './gauge/reading.ts';
import { soleHistogram } from './histogram/reading.ts';
import { kindsOf } from './kind.ts';

/** The same kinds for edge functions, where only one thread records and every byte of code counts. */
export const SOLE_KINDS = kindsOf([soleCounter, soleGauge, soleHistogram]);
