import type { Arrival } from './arrivals.ts';
import type { ReadSpan } from './span-reader.ts';

/** A span that is here, and the batch that it came with. */
export interface TakenSpan {
  readonly span: ReadSpan;
  readonly arrival: Arrival;
}
