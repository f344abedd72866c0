/** What a query is answered with: the `data` of Prometheus' HTTP API. */
import type { QueryResult } from 'utilityfog-telemetry/promql';
import type { SeriesLabels } from './series-names.ts';

/** Seconds since 1970, and the value as text. */
export type Sample = readonly [number, string];

export interface Series {
  readonly metric: SeriesLabels;
  /** Of an instant vector. */
  readonly value?: Sample;
  /** Of a range. */
  readonly values?: readonly Sample[];
}

/** Returns the series of an answer. A scalar or a text is one without labels. */
export function seriesOf({ resultType, result }: QueryResult): readonly Series[] {
  const alone = resultType === 'scalar' || resultType === 'string';
  return alone ? [{ metric: {}, value: result as Sample }] : (result as readonly Series[]);
}

const whole = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 4 });

/** Formats a value of any size with four digits: 0.0312, 12.5, 9.841K, 1.2e-7. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (Number.isNaN(value) || size === Number.POSITIVE_INFINITY) return String(value);
  return size !== 0 && (size < 1e-4 || size >= 1e15) ? value.toExponential(2) : whole.format(value);
}
