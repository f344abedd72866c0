import { check, checked, type Rule, type Rules, SECONDS, withMethods } from '../../options.ts';
import { reasonOf, throwIfAborted } from '../../platform/abort.ts';
import type { QueryResult } from '../../promql/engine.ts';
import type {
  InstantQueryOptions,
  ParsedQuery,
  Queries,
  QueryLimits,
  RangeQueryOptions,
} from '../../promql/queries.ts';
import { QueryError } from '../../promql/query-error.ts';
import type { Feature, FeatureCall } from '../../protocol/feature.ts';
import { httpAnswers, httpPart } from './http/feature.ts';
import { checkedPromqlOptions, type PromqlOptions } from './options.ts';
import type { Outcome } from './outcome.ts';

export type {
  InstantQueryOptions,
  ParsedQuery,
  Queries,
  QueryLimits,
  RangeQueryOptions,
} from '../../promql/queries.ts';
export {
  type Diagnosis,
  type Position,
  QueryError,
  type QueryErrorKind,
} from '../../promql/query-error.ts';
export type {
  HistogramPoint,
  MatrixResult,
  Point,
  QueryResult,
  VectorResult,
} from '../../promql/query-result.ts';
export type { PromqlOptions } from './options.ts';

const EXPR: Rule = [(value) => typeof value === 'string', 'a text'];
const TIME: Rule = [Number.isFinite, 'a number of seconds since 1970'];
const needed = ([sound, demand]: Rule): Rule => [sound, demand, true];
const LIMITS: Rules<QueryLimits> = {
  timeout: SECONDS,
  signal: withMethods('addEventListener'),
};
const INSTANT: Rules<InstantQueryOptions> = { ...LIMITS, time: TIME };
const RANGE: Rules<RangeQueryOptions> = {
  ...LIMITS,
  start: needed(TIME),
  end: needed(TIME),
  step: needed(SECONDS),
};

/**
 * Answers PromQL beside the collector, over what `history()` keeps.
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { history } from 'utilityfog-telemetry/history';
 * import { promql } from 'utilityfog-telemetry/promql';
 *
 * const collector = new TelemetryCollector({ use: [history(), promql()] });
 * const { resultType } = await collector.query('1 + 1');
 * console.log(resultType);
 * // -> scalar
 * await collector.shutdown();
 * ```
 */
export function promql(options?: PromqlOptions | null): Feature<Queries> {
  return {
    name: 'promql',
    config: checkedPromqlOptions(options),
    code: {
      url: () => new URL('./promql-part.js', import.meta.url),
      text: async () => (await import('../part-text.ts')).partText,
      module: () => import('./part.ts'),
    },
    later: [httpPart],
    answers: httpAnswers,
    api: queries,
  };
}

function queries(call: FeatureCall): Queries {
  const ask = async <Result>(method: string, expr: string, limits: QueryLimits, times: object) => {
    const { signal, timeout } = limits;
    if (signal) throwIfAborted(signal);
    // It names the query among those of all callers.
    const ticket = Math.random();
    const asked = call(method, ticket, expr, { ...times, timeout }) as Promise<Outcome<Result>>;
    const outcome = await (signal
      ? unlessAborted(signal, asked, () => call('cancel', ticket))
      : asked);
    if ('result' in outcome) return outcome.result;
    const { kind, message, position, span, errors } = outcome.error;
    throw new QueryError(kind, message, position, span, errors);
  };
  return {
    async query(expr, options) {
      check('query() expr', expr, EXPR);
      const { time, ...limits } = checked('query()', options, INSTANT);
      return ask<QueryResult>('query', expr, limits, { time });
    },
    async queryRange(expr, options) {
      check('queryRange() expr', expr, EXPR);
      const { start, end, step, ...limits } = checked('queryRange()', options, RANGE);
      return ask<QueryResult>('queryRange', expr, limits, { start, end, step });
    },
    async parse(expr) {
      check('parsePromQL() expr', expr, EXPR);
      return ask<ParsedQuery>('parse', expr, {}, {});
    },
  };
}

/** Rejects with the reason of the signal, and cancels, as soon as that aborts. */
function unlessAborted<T>(
  signal: AbortSignal,
  asked: Promise<T>,
  cancel: () => Promise<unknown>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(reasonOf(signal));
      cancel().catch(() => {});
    };
    signal.addEventListener('abort', abort, { once: true });
    asked.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
