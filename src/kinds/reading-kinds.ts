import { readingCounter } from './counter/reading.ts';
import { readingGauge } from './gauge/reading.ts';
import { readingHistogram } from './histogram/reading.ts';
import { readingInfo } from './info/reading.ts';
import { kindsOf } from './kind.ts';
import { readingStateSet } from './state-set/reading.ts';
import { readingSummary } from './summary/reading.ts';

/** The kinds that collectors read. For a collector with only one thread see sole-thread-kinds.ts. */
export const READING_KINDS = kindsOf([
  readingCounter,
  readingGauge,
  readingHistogram,
  readingInfo,
  readingStateSet,
  readingSummary,
]);
