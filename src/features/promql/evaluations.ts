import { after } from '../../platform/timers.ts';
import type { Engine, EngineOptions } from '../../promql/engine.ts';
import { QueryError } from '../../promql/query-error.ts';
import { Refused } from './refused.ts';
import { Turns } from './turns.ts';

/** What Prometheus' HTTP API allows, for each series. */
const MOST_POINTS = 11_000;

export interface EvaluationOptions {
  /** Gives it up. */
  readonly signal: AbortSignal;
  /** How many seconds it may take; never more than the feature allows. */
  readonly timeout?: number | undefined;
  /** How many seconds its selectors look back. Unless given, the feature says so. */
  readonly lookback?: number | undefined;
}

/** Evaluates a query, and does what must be done with the result while its turn lasts: that may be large. */
type Evaluate<T> = (engine: Engine, signal: AbortSignal) => Promise<T>;

/** Evaluates queries, a few at a time, and none for longer than it may take. */
export class Evaluations {
  /** The engine with the options of the feature. */
  readonly engine: Engine;
  readonly #makeEngine: (changed: EngineOptions) => Engine;
  readonly #timeout: number;
  readonly #turns: Turns;

  /**
   * @param makeEngine makes an engine that differs from the options of the feature in what is given
   * @param options the `timeout` in seconds, and how many run `atOnce`
   */
  constructor(
    makeEngine: (changed: EngineOptions) => Engine,
    { timeout, atOnce }: { timeout: number; atOnce: number },
  ) {
    this.engine = makeEngine({});
    this.#makeEngine = makeEngine;
    this.#timeout = timeout;
    this.#turns = new Turns(atOnce);
  }

  /** @throws QueryError @throws Refused if it was given up */
  async run<T>(options: EvaluationOptions, evaluate: Evaluate<T>): Promise<T> {
    const { lookback, timeout = Infinity } = options;
    const engine = lookback === undefined ? this.engine : this.#makeEngine({ lookback });
    const giveUp = new AbortController();
    const { signal } = giveUp;
    let place = 'queue';
    let why: Refused | undefined;
    const end = (reason: 'timeout' | 'canceled', what: string) => {
      why ??= new Refused(reason, `query ${what} in ${place}`);
      giveUp.abort();
    };
    const late = () => end('timeout', 'timed out');
    const gone = () => end('canceled', 'was canceled');
    const seconds = Math.min(timeout, this.#timeout);
    const cancel = after(Math.max(seconds, 0), late);
    options.signal.addEventListener('abort', gone);
    try {
      if (options.signal.aborted) gone();
      else if (seconds <= 0) late();
      return await this.#turns.run(signal, () => {
        place = 'expression evaluation';
        return evaluate(engine, signal);
      });
    } catch (error) {
      throw why ?? asRefused(error);
    } finally {
      cancel();
      options.signal.removeEventListener('abort', gone);
    }
  }
}

/** The engine also looks at the clock, and may see before a timer does that the time is over. */
function asRefused(error: unknown): unknown {
  const isLate = error instanceof QueryError && /^query timed out/.test(error.message);
  return isLate ? new Refused('timeout', error.message) : error;
}

/** @throws Refused if there would be too many points, or none. The times are in milliseconds. */
export function checkSteps(start: number, end: number, step: number): void {
  if (Math.trunc((end - start) / step) <= MOST_POINTS) return;
  throw new Refused(
    'bad_data',
    'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
  );
}
