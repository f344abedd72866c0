import { soleThreadCounter } from './counter/sole-thread.ts';
import { soleThreadGauge } from './gauge/sole-thread.ts';
import { soleThreadHistogram } from './histogram/sole-thread.ts';
import { soleThreadInfo } from './info/sole-thread.ts';
import { kindsOf } from './kind.ts';
import { soleThreadStateSet } from './state-set/sole-thread.ts';
import { soleThreadSummary } from './summary/sole-thread.ts';

/** The same kinds for edge functions, where only one thread records and every byte of code counts. */
export const SOLE_THREAD_KINDS = kindsOf([
  soleThreadCounter,
  soleThreadGauge,
  soleThreadHistogram,
  soleThreadInfo,
  soleThreadStateSet,
  soleThreadSummary,
]);
