import { clock } from '../platform/clock.ts';
import { after, turnsOneByOne } from '../platform/timers.ts';
import type { Expr, ValueType } from './ast.ts';
import { textOf } from './evaluate/called.ts';
import { countedSelectors } from './evaluate/counted-selectors.ts';
import { evaluate } from './evaluate/evaluate.ts';
import { frameOf, timesOf } from './evaluate/frame.ts';
import { withoutNamesAtTheEnd } from './evaluate/names.ts';
import { rangeIn, rangeVector } from './evaluate/range-call.ts';
import { matrixResult, point, seriesResult, vectorResult } from './evaluate/results.ts';
import { Run, type Surroundings } from './evaluate/run.ts';
import { typeOf } from './expr-type.ts';
import type { FloatHistogram } from './histogram/float-histogram.ts';
import type { LabelSet } from './label-set.ts';
import { parse } from './parse/parse.ts';
import { positionOf } from './position.ts';
import { QueryError } from './query-error.ts';
import type { QueryResult, TypedResult } from './query-result.ts';
import { SampleKind, type Source } from './source.ts';

/** How an engine evaluates. */
export interface EngineOptions {
  /**
   * How many seconds a selector looks back for the newest sample.
   * @defaultValue 300
   */
  readonly lookback?: number | undefined;
  /**
   * Whether experimental functions, aggregators and modifiers may be used.
   * @defaultValue false
   */
  readonly experimental?: boolean | undefined;
  /**
   * Whether names of metrics are removed at the end of a query.
   * @defaultValue false
   */
  readonly delayedNameRemoval?: boolean | undefined;
  /**
   * The most samples that a query may hold at a time.
   * @defaultValue 50,000,000
   */
  readonly maxSamples?: number | undefined;
  /**
   * How many seconds a query may take.
   * @defaultValue 120
   */
  readonly timeout?: number | undefined;
}

/** The options of `query()`. */
export interface QueryOptions {
  /**
   * Seconds since 1970.
   * @defaultValue now
   */
  readonly time?: number | undefined;
  /** Gives the query up. */
  readonly signal?: AbortSignal | undefined;
}

/** An element of a vector, as other parts of the library use it. */
export interface VectorElement {
  /** The labels of the element. */
  readonly labels: LabelSet;
  /** Its value. It means nothing if there is a histogram. */
  readonly value: number;
  /** Its histogram. Absent if it is a number. */
  readonly histogram?: FloatHistogram | undefined;
}

/** Evaluates PromQL over a source of samples. */
export interface Engine {
  /**
   * Evaluates an expression at one time. Resolves to what Prometheus' HTTP API calls `data`.
   * @throws QueryError
   */
  query(expr: string, options?: QueryOptions): Promise<QueryResult>;
  /** Evaluates an expression at each step. Times and the step are in seconds. */
  queryRange(expr: string, options: RangeOptions): Promise<QueryResult>;
  /**
   * Evaluates an expression at one time, for rules: the elements of a vector; a scalar is an element without
   * labels. Warnings and infos are texts.
   */
  vector(
    expr: string,
    options?: QueryOptions,
  ): Promise<{ elements: readonly VectorElement[]; warnings: string[]; infos: string[] }>;
}

/** The options of `queryRange()`. */
export interface RangeOptions {
  /** The first time, in seconds since 1970. */
  readonly start: number;
  /** No time is later than this. Seconds since 1970. */
  readonly end: number;
  /** How many seconds lie between two times. */
  readonly step: number;
  /** Gives the query up. */
  readonly signal?: AbortSignal | undefined;
}

/** The machine's clock, and its event loop, which all queries of the thread share. */
const HERE: Surroundings = {
  ...{ now: clock.now, elapsed: clock.elapsed, after },
  pause: turnsOneByOne(),
};

/** Makes an engine. Its options are sound already: `createEngine()` checks them, and so does `promql()`. */
export function makeEngine(
  source: Source,
  options: EngineOptions,
  surroundings: Surroundings = HERE,
): Engine {
  const { lookback = 300, experimental = false, delayedNameRemoval = false } = options;
  const { maxSamples = 50_000_000, timeout = 120 } = options;
  const settings = {
    ...{ source, lookback: lookback * 1000, timeout: timeout * 1000 },
    ...{ delayedNameRemoval, experimental, maxSamples },
  };

  /** Answers a query, and says where in it an error is. */
  const answer = async <R>(
    query: string,
    times: { start: number; end: number; step: number; signal: AbortSignal | undefined },
    find: (run: Run, expr: Expr) => Promise<R>,
  ) => {
    try {
      const expr = parse(query, { experimental });
      const run = new Run(
        { ...settings, ...times, counted: countedSelectors(expr) },
        surroundings,
        evaluate,
      );
      return { ...(await find(run, expr)), ...run.annotations.of(query) };
    } catch (error) {
      throw located(error, query);
    }
  };
  const instant = async <R>(
    query: string,
    { time = surroundings.now(), signal }: QueryOptions,
    find: (run: Run, expr: Expr) => Promise<R>,
  ) => {
    const ms = Math.round(time * 1000);
    if (!isTime(ms)) throw noTime();
    return answer(query, { start: ms, end: ms, step: 0, signal }, find);
  };

  return {
    query: (query, options = {}) => instant(query, options, instantResult),
    queryRange: async (query, options) =>
      answer(query, rangeOf(options), async (run, expr) => {
        return { resultType: 'matrix' as const, result: await rangeResult(run, expr) };
      }),
    vector: (query, options = {}) =>
      instant(query, options, async (run, expr) => {
        return { elements: await elements(run, expr) };
      }),
  };
}

/** Times of Prometheus are whole numbers of 64 bits. */
const isTime = (ms: number) => Math.abs(ms) < 2 ** 63;

function noTime(): QueryError {
  return new QueryError('execution', 'times must be finite numbers of seconds since 1970');
}

function rangeOf({ start, end, step, signal }: RangeOptions) {
  const times = { start: Math.round(start * 1000), end: Math.round(end * 1000), signal };
  if (!isTime(times.start) || !isTime(times.end)) throw noTime();
  if (times.end < times.start) {
    throw new QueryError('execution', 'end timestamp must not be before start time');
  }
  const ms = Math.round(step * 1000);
  if (!(ms > 0 && ms < Infinity)) {
    throw new QueryError(
      'execution',
      'zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  }
  return { ...times, step: ms };
}

async function instantResult(run: Run, expr: Expr): Promise<TypedResult> {
  const { start } = run.settings;
  const frame = frameOf(start, start, 1);
  const resultType = typeOf(expr);
  if (resultType === 'string') return { resultType, result: [start / 1000, textOf(expr)] };
  if (resultType === 'matrix') {
    const range = await rangeVector(run, rangeIn(expr)!, frame);
    return { resultType, result: await seriesResult(run, range) };
  }
  const grid = withoutNamesAtTheEnd(run, await evaluate(run, expr, frame));
  return resultType === 'scalar'
    ? { resultType, result: point(start, grid.values[0]!) }
    : { resultType, result: vectorResult(grid, start) };
}

/** How Prometheus names the types that have no range query. */
const REFUSED: Readonly<Partial<Record<ValueType, string>>> = {
  matrix: 'range vector',
  string: 'string',
};

async function rangeResult(run: Run, expr: Expr) {
  const refused = REFUSED[typeOf(expr)];
  if (refused) {
    throw new QueryError(
      'type',
      `invalid expression type "${refused}" for range query, must be Scalar or instant Vector`,
    );
  }
  const { start, end, step } = run.settings;
  const frame = frameOf(start, end, step);
  const grid = withoutNamesAtTheEnd(run, await evaluate(run, expr, frame));
  return matrixResult(run, grid, timesOf(frame));
}

async function elements(run: Run, expr: Expr): Promise<VectorElement[]> {
  const type = typeOf(expr);
  if (type !== 'vector' && type !== 'scalar') {
    throw new QueryError('type', 'rule result is not a vector or scalar');
  }
  const { start } = run.settings;
  const grid = withoutNamesAtTheEnd(run, await evaluate(run, expr, frameOf(start, start, 1)));
  const found: VectorElement[] = [];
  grid.labels.forEach((labels, row) => {
    if (grid.kinds[row] === SampleKind.Float) found.push({ labels, value: grid.values[row]! });
    else if (grid.kinds[row] === SampleKind.Histogram) {
      found.push({ labels, value: 0, histogram: grid.histograms![row] });
    }
  });
  return found;
}

/** Says where in the query an error is, if it knows its place but not the text around it. */
function located(error: unknown, query: string): unknown {
  if (!(error instanceof QueryError) || error.position || !error.span) return error;
  const { kind, message, span } = error;
  return new QueryError(kind, message, positionOf(query, span.start), span);
}
