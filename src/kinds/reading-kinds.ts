import { readingCounter } from './counter/reading.ts';
import { readingGauge } from './gauge/reading.ts';
import { readingHistogram } from './histogram/reading.ts';
import { kindsOf } from './kind.ts';

/** The kinds that collectors read. For a collector with only one thread see sole-thread-kinds.ts. */
export const READING_KINDS = kindsOf([readingCounter, readingGauge, readingHistogram]);
