import { checked, FLAG, isWhole, type Rule, type Rules, SECONDS } from '../../options.ts';
import type { TailConfig } from './config.ts';

/** The options of `tailSampling()`. */
export interface TailOptions {
  /**
   * Whether each trace with an error is kept.
   * @defaultValue `true`
   */
  readonly errors?: boolean | undefined;
  /**
   * Which share of all traces is kept because they took longest. Each name of a root has its own.
   * @defaultValue 0.05
   */
  readonly slowest?: number | undefined;
  /**
   * Which share of the other traces is kept.
   * @defaultValue 0.1
   */
  readonly rate?: number | undefined;
  /**
   * For how many seconds the first span of a trace waits for the others.
   * @defaultValue 10
   */
  readonly wait?: number | undefined;
  /**
   * How many spans may wait. If there are more, the oldest traces are decided at once.
   * @defaultValue 50,000
   */
  readonly maxSpans?: number | undefined;
}

/** What `tailSampling()` returns, for the option `tail`. */
export type TailSampling = TailConfig;

const SHARE: Rule = [
  (value) => typeof value === 'number' && value >= 0 && value <= 1,
  'a number from 0 to 1',
];
const RULES: Rules<TailOptions> = {
  errors: FLAG,
  slowest: SHARE,
  rate: SHARE,
  wait: SECONDS,
  maxSpans: [(value) => isWhole(value) && value > 0, 'a whole number above 0'],
};

/**
 * Decides which traces are sent once they are there, beside the collector. Unless it is given, all that were sampled
 * are sent. Metrics of spans count all of them in any case.
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { tailSampling, traces } from 'utilityfog-telemetry/opentelemetry';
 *
 * const tail = tailSampling({ errors: true, slowest: 0.05, rate: 0.1 });
 * const collector = new TelemetryCollector({ use: [traces({ tail })] });
 * await collector.shutdown();
 * ```
 */
export function tailSampling(options?: TailOptions | null): TailSampling {
  const taken = checked('tailSampling()', options, RULES);
  const { errors = true, slowest = 0.05, rate = 0.1, wait = 10, maxSpans = 50_000 } = taken;
  return { errors, slowest, rate, wait, maxSpans };
}
