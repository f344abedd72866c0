import type { FormatOptions } from '../format.ts';

/** What becomes of histograms that have native buckets. */
export type HistogramChoice =
  /** The native buckets are sent and no others, as Prometheus does. */
  | 'native'
  /** The classic buckets are sent, which is what older servers can store. */
  | 'classic'
  /** Both are sent: the native histogram under the name, and the series with `_bucket`, `_sum` and `_count`. */
  | 'both';

export interface RemoteWriteOptions extends FormatOptions {
  /** What becomes of histograms that have native buckets; `native` unless given. */
  readonly histograms?: HistogramChoice | undefined;
  /** The most series in a body; 2000 unless given. */
  readonly maxSeries?: number | undefined;
  /** The most bytes in a body before compression; a million unless given. One series may take more. */
  readonly maxBytes?: number | undefined;
}

/** How large a body may be. */
export interface Limits {
  readonly series: number;
  readonly bytes: number;
}

/** Prometheus itself sends 2000 samples at a time. */
const MOST_SERIES = 2000;
const MOST_BYTES = 1_000_000;

export const limitsOf = ({
  maxSeries = MOST_SERIES,
  maxBytes = MOST_BYTES,
}: RemoteWriteOptions): Limits => ({ series: Math.max(1, maxSeries), bytes: maxBytes });
