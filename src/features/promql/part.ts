import { languageOf } from '../../promql/language.ts';
import { type Engine, type EngineOptions, makeEngine } from '../../promql/make-engine.ts';
import { diagnose } from '../../promql/parse/diagnose.ts';
import { type ParseOptions, parse, parseUnchecked } from '../../promql/parse/parse.ts';
import { printed } from '../../promql/parse/print.ts';
import type { ParsedQuery } from '../../promql/queries.ts';
import { QueryError } from '../../promql/query-error.ts';
import type { QueryResult } from '../../promql/query-result.ts';
import type { PartHost } from '../../protocol/feature.ts';
import type { ApiRequest } from '../../protocol/queries.ts';
import type { HistoryPart } from '../history/history-part.ts';
import { checkSteps, Evaluations } from './evaluations.ts';
import { HTTP_PART, type HttpPart } from './http/http-part.ts';
import type { PromqlOptions } from './options.ts';
import type { Outcome } from './outcome.ts';
import type { AlertingApi, QueryPart } from './query-part.ts';
import { Refused } from './refused.ts';
import type { Served } from './served.ts';
import { UnderWay } from './under-way.ts';

export const name = 'promql';

/** As many queries as in Prometheus run at a time. */
const AT_ONCE = 20;
/** Seconds, as in Prometheus. */
const TIMEOUT = 120;
/** See `maxSamples` of the options. */
const MAX_SAMPLES = 10_000_000;

interface Instant {
  readonly time?: number;
  readonly timeout?: number;
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly timeout?: number;
}

/** Starts the part of `promql()`, which runs beside the collector. */
export function start(host: PartHost, config: PromqlOptions): QueryPart {
  const history = host.part<HistoryPart>('history');
  if (!history) throw new Error('it needs the history before it: use: [history(), promql()]');
  const { timeout = TIMEOUT, concurrency = AT_ONCE, ...given } = config;
  const options = { ...given, maxSamples: given.maxSamples ?? MAX_SAMPLES };
  const engineWith = (changed: EngineOptions) =>
    makeEngine(history.source, { ...options, timeout, ...changed });
  const evaluations = new Evaluations(engineWith, { timeout, atOnce: concurrency });
  const underWay = new UnderWay();
  const http = () => host.load<HttpPart>(HTTP_PART);
  let alerting: AlertingApi | undefined;
  const served = (): Served => ({
    ...{ history, evaluations, alerting, printed },
    parse: (expr) => parse(expr, options),
    parseUnchecked: (text) => parseUnchecked(text, false),
    read: () => host.read(),
    now: () => host.clock.now() * 1000,
  });
  const evaluate = (ticket: number, timeout: number | undefined, run: EvaluateWith) =>
    outcomeOf(() => underWay.run(ticket, (signal) => evaluations.run({ signal, timeout }, run)));
  return {
    engine: evaluations.engine,
    language: languageOf(options),
    offer(offered) {
      alerting = offered;
    },
    calls: {
      query: (ticket: number, expr: string, { time, timeout }: Instant) =>
        evaluate(ticket, timeout, (engine, signal) =>
          engine.query(expr, { time: time ?? host.clock.now(), signal }),
        ),
      queryRange: (ticket: number, expr: string, { timeout, ...range }: Range) =>
        evaluate(ticket, timeout, (engine, signal) => {
          checkSteps(range.start, range.end, range.step);
          return engine.queryRange(expr, { ...range, signal });
        }),
      parse: (_: number, expr: string) => treeOf(expr, options),
      /** Loads what answers the HTTP API, before there is a request. */
      openHttp: async () => void (await http()),
      http: (ticket: number, request: ApiRequest) =>
        underWay.run(ticket, async (signal) => (await http()).answer(request, served(), signal)),
      cancel: (ticket: number) => underWay.cancel(ticket),
    },
    close: async () => underWay.cancelAll(),
  };
}

type EvaluateWith = (engine: Engine, signal: AbortSignal) => Promise<QueryResult>;

/** Parses an expression. If it is wrong, that tells all that is wrong with it, not only what comes first. */
async function treeOf(expr: string, options: ParseOptions): Promise<Outcome<ParsedQuery>> {
  const outcome = await outcomeOf(async () => plain(parse(expr, options)) as ParsedQuery);
  if ('result' in outcome) return outcome;
  return { error: { ...outcome.error, errors: diagnose(expr, options) } };
}

async function outcomeOf<Result extends QueryResult | ParsedQuery>(
  run: () => Promise<Result>,
): Promise<Outcome<Result>> {
  try {
    return { result: await run() };
  } catch (error) {
    if (error instanceof QueryError) {
      const { kind, message, position, span } = error;
      return { error: { kind, message, position, span } };
    }
    if (error instanceof Refused) return { error: { kind: 'limit', message: error.message } };
    throw error;
  }
}

/** Copies a tree without the functions in it, which could not be cloned, and without what is absent. */
function plain(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(plain);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).filter(
    ([, value]) => value !== undefined && typeof value !== 'function',
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, plain(value)]));
}
