import { checked, FLAG, isWhole, type Rule, type Rules, SECONDS } from '../../options.ts';

export interface PromqlOptions {
  /** How many seconds a selector looks back for the newest sample; 300 unless given. */
  readonly lookback?: number | undefined;
  /** How many seconds a query may take; 120 unless given. */
  readonly timeout?: number | undefined;
  /** How many queries run at a time; 20 unless given. The others wait. */
  readonly concurrency?: number | undefined;
  /**
   * The most samples that a query may hold at a time; 10,000,000 unless given. Prometheus allows 50,000,000. What is
   * calculated of a single window is mostly not interrupted, so this bounds also how long a query may occupy the
   * collector: for some tenths of a second if one window has all of the samples.
   */
  readonly maxSamples?: number | undefined;
  /** Whether experimental functions, aggregators and modifiers may be used. They may not, unless given. */
  readonly experimental?: boolean | undefined;
  /** Whether names of metrics are removed at the end of a query. They are removed at once, unless given. */
  readonly delayedNameRemoval?: boolean | undefined;
}

const COUNT: Rule = [(value) => isWhole(value) && value > 0, 'a whole number above 0'];

const RULES: Rules<PromqlOptions> = {
  lookback: SECONDS,
  timeout: SECONDS,
  concurrency: COUNT,
  maxSamples: COUNT,
  experimental: FLAG,
  delayedNameRemoval: FLAG,
};

/** @throws TelemetryError `invalid_option` */
export function checkedPromqlOptions(options: PromqlOptions | null | undefined): PromqlOptions {
  return { ...checked('promql()', options, RULES) };
}
