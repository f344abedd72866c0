/**
 * PromQL over samples from anywhere: `utilityfog-telemetry/promql/engine`.
 */
import { check, checked, FLAG, isWhole, type Rules, SECONDS, withMethods } from '../options.ts';
import type { Surroundings } from './evaluate/run.ts';
import { type Engine, type EngineOptions, makeEngine } from './make-engine.ts';
import { QueryError } from './query-error.ts';
import type { Source } from './source.ts';

export type {
  Engine,
  EngineOptions,
  QueryOptions,
  RangeOptions,
  VectorElement,
} from './make-engine.ts';
export { type HistogramSample, type MemorySeries, memorySource } from './memory-source.ts';
export type {
  HistogramPoint,
  MatrixResult,
  Point,
  QueryResult,
  VectorResult,
} from './query-result.ts';
export type { Source };
export { QueryError };

const RULES: Rules<EngineOptions> = {
  lookback: SECONDS,
  experimental: FLAG,
  delayedNameRemoval: FLAG,
  maxSamples: [(value) => isWhole(value) && value > 0, 'a whole number above 0'],
  timeout: SECONDS,
};

/**
 * Makes an engine that answers PromQL queries with the samples of a source.
 * @param surroundings stands in for the machine's clock and event loop
 * @throws TelemetryError `invalid_option` if an option is not sound
 * @example
 * ```ts
 * import { createEngine, memorySource } from 'utilityfog-telemetry/promql/engine';
 *
 * const labels = { __name__: 'orders_total', shop: 'zurich' };
 * const samples: [number, number][] = [[0, 1], [60, 5], [120, 9]];
 * const engine = createEngine(memorySource([{ labels, samples }]));
 * const { result } = await engine.query('increase(orders_total[2m])', { time: 120 });
 * console.log(Array.isArray(result) && result.length);
 * // -> 1
 * ```
 */
export function createEngine(
  source: Source,
  options?: EngineOptions,
  surroundings?: Surroundings,
): Engine {
  check('createEngine source', source, withMethods('select'));
  return makeEngine(source, checked('createEngine', options, RULES), surroundings);
}
