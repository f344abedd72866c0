import { checked, FLAG, isWhole, type Rule, type Rules, SECONDS } from '../../options.ts';
import type { TailConfig } from './config.ts';

export interface TailOptions {
  /** Whether each trace with an error is kept; `true` unless given. */
  readonly errors?: boolean | undefined;
  /** Which share of all traces is kept because they took longest; 0.05 unless given. Each name of a root has its own. */
  readonly slowest?: number | undefined;
  /** Which share of the other traces is kept; 0.1 unless given. */
  readonly rate?: number | undefined;
  /** For how many seconds the first span of a trace waits for the others; 10 unless given. */
  readonly wait?: number | undefined;
  /** How many spans may wait; 50,000 unless given. If there are more, the oldest traces are decided at once. */
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
 */
export function tailSampling(options?: TailOptions | null): TailSampling {
  const taken = checked('tailSampling()', options, RULES);
  const { errors = true, slowest = 0.05, rate = 0.1, wait = 10, maxSpans = 50_000 } = taken;
  return { errors, slowest, rate, wait, maxSpans };
}
