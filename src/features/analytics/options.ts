import type { CorrelateOptions, DescribeOptions, WatchOptions } from '../../analytics/analyses.ts';
import { checked, isWhole, OBJECT, type Rule, type Rules, SECONDS, TEXT } from '../../options.ts';

/** The options of `analytics()`. */
export interface AnalyticsOptions {
  /**
   * How many series are watched at most, all watches together.
   * @defaultValue 10,000
   */
  readonly seriesLimit?: number | undefined;
}

/** What the part is started with. */
export interface AnalyticsConfig {
  readonly seriesLimit: number;
  /** Tells one life of the application from another. A worker that takes the place of another has the same. */
  readonly life: string;
}

const OPTIONS: Rules<AnalyticsOptions> = {
  seriesLimit: [(value) => isWhole(value) && value > 0, 'a whole number above 0'],
};

const isPart = (value: unknown) => typeof value === 'number' && value > 0 && value < 1;
const QUANTILES: Rule = [
  (value) => Array.isArray(value) && value.length > 0 && value.length <= 10 && value.every(isPart),
  'a list of 1 to 10 numbers between 0 and 1',
];

export const WATCH: Rules<WatchOptions> = {
  name: TEXT,
  threshold: [
    (value) => typeof value === 'number' && value > 0 && value <= 1,
    'a number above 0, 1 at most',
  ],
  quantiles: QUANTILES,
  detector: OBJECT,
};

const SPAN_LENGTH: Rule = [SECONDS[0], SECONDS[1], true];
export const SPAN: Rules<DescribeOptions> = { over: SPAN_LENGTH };
export const CORRELATE: Rules<CorrelateOptions> = { ...SPAN, maxLag: SECONDS };

/** @throws TelemetryError `invalid_option` */
export function checkedAnalyticsOptions(
  options: AnalyticsOptions | null | undefined,
): Omit<AnalyticsConfig, 'life'> {
  const { seriesLimit = 10_000 } = checked('analytics()', options, OPTIONS);
  return { seriesLimit };
}
