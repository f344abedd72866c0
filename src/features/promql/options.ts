import { checked, FLAG, isWhole, type Rule, type Rules, SECONDS } from '../../options.ts';

/** The options of `promql()`. */
export interface PromqlOptions {
  /**
   * How many seconds a selector looks back for the newest sample.
   * @defaultValue 300
   */
  readonly lookback?: number | undefined;
  /**
   * How many seconds a query may take.
   * @defaultValue 120
   */
  readonly timeout?: number | undefined;
  /**
   * How many queries run at a time. The others wait.
   * @defaultValue 20
   */
  readonly concurrency?: number | undefined;
  /**
   * The most samples that a query may hold at a time. Prometheus allows 50,000,000. What is calculated of a single
   * window is mostly not interrupted, so this bounds also how long a query may occupy the collector: for some tenths
   * of a second if one window has all of the samples.
   * @defaultValue 10,000,000
   */
  readonly maxSamples?: number | undefined;
  /**
   * Whether experimental functions, aggregators and modifiers may be used.
   * @defaultValue `false`
   */
  readonly experimental?: boolean | undefined;
  /**
   * Whether names of metrics are removed at the end of a query. Otherwise they are removed at once.
   * @defaultValue `false`
   */
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
