/** Records what a process answers and asks by HTTP, without a change of the application. */
import { announcesFetch } from '../platform/announced-requests.ts';
import { followOwnRequests } from '../platform/own-request.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { checkedMiddleware } from './checked-middleware.ts';
import { type ClientTracing, clientRequests } from './client-requests.ts';
import { observeFetchCalls } from './fetch-clients.ts';
import { observeNodeClients } from './node-clients.ts';
import { observeServers } from './node-servers.ts';
import { outgoingRequests } from './outgoing-requests.ts';
import { type ServerTracing, serverRequests } from './server-requests.ts';
import {
  TRACE_DESTINATIONS,
  type TraceDestinations,
  traceDestinations,
} from './trace-destinations.ts';
import { observeUndici } from './undici-clients.ts';

export type { TraceDestinations };

/** A request that may be ignored. */
export interface ObservedRequest {
  /** Whether this process answers it, or has asked. */
  readonly kind: 'server' | 'client';
  /** The method of the request. */
  readonly method: string;
  /** The path with its query if this process answers, such as `/health?full`; else the whole URL. */
  readonly url: string;
}

/** The options of `instrumentProcess()`. */
export interface ProcessOptions {
  /** Makes a span of each request: `requestTracing()` of `utilityfog-telemetry/opentelemetry`. */
  readonly tracing?: (ServerTracing & ClientTracing) | undefined;
  /**
   * Whether to record what the process answers.
   * @defaultValue `true`
   */
  readonly server?: boolean | undefined;
  /**
   * Whether to record what the process asks of others.
   * @defaultValue `true`
   */
  readonly client?: boolean | undefined;
  /**
   * Which servers get the headers of traces.
   * @defaultValue all
   */
  readonly propagateTo?: TraceDestinations | undefined;
  /** Returns `true` for requests that are to be left alone. */
  readonly ignore?: ((request: ObservedRequest) => boolean) | undefined;
}

/** The collectors for which a process is observed. */
const observing = new WeakSet<TelemetryCollector>();

/**
 * Records the requests of this process: those that servers of `node:http` and `node:https` answer, and those that are
 * made with `fetch`, `node:http`, `node:https` and undici. docs/tracing.md says what can be observed in Deno and Bun. Call
 * it once, before the application makes its first request. A second call for the same collector does nothing.
 * @returns ends that
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { instrumentProcess } from 'utilityfog-telemetry/server';
 *
 * const collector = new TelemetryCollector();
 * const stop = instrumentProcess(collector, { client: false });
 * stop();
 * await collector.shutdown();
 * ```
 */
export function instrumentProcess(
  collector: TelemetryCollector,
  options?: ProcessOptions | null,
): () => void {
  const given = checkedMiddleware('instrumentProcess()', { ...options, collector }, RULES);
  if (observing.has(collector)) return () => {};
  observing.add(collector);
  const { server = true, client = true } = given;
  const ends = [
    ...(server ? [observeAnswers(collector, given)] : []),
    ...(client ? observeQuestions(collector, given) : []),
  ];
  return () => {
    observing.delete(collector);
    for (const end of ends.splice(0)) end();
  };
}

function observeAnswers(collector: TelemetryCollector, { tracing, ignore }: ProcessOptions) {
  const isIgnored = ignoring('server', ignore);
  return observeServers(serverRequests(collector, tracing), ({ method = '', url = '' }) =>
    isIgnored(method, url),
  );
}

function observeQuestions(
  collector: TelemetryCollector,
  { tracing, ignore, propagateTo }: ProcessOptions,
): (() => void)[] {
  const propagates = propagateTo ? traceDestinations(propagateTo) : () => true;
  const observe = clientRequests(collector, tracing, propagates);
  const counted = clientRequests(collector, undefined, propagates);
  const isIgnored = ignoring('client', ignore);
  const begin = outgoingRequests(observe, counted, isIgnored);
  followOwnRequests();
  return [
    observeNodeClients(begin),
    announcesFetch() ? observeUndici(begin) : observeFetchCalls(observe, counted, isIgnored),
  ];
}

/** Asks whether a request is to be left alone. What throws says that it is not. */
function ignoring(
  kind: ObservedRequest['kind'],
  ignore: ProcessOptions['ignore'],
): (method: string, url: string) => boolean {
  if (!ignore) return () => false;
  return (method, url) => {
    try {
      return ignore({ kind, method, url }) === true;
    } catch {
      return false;
    }
  };
}

const FLAG = [(value: unknown) => typeof value === 'boolean', 'true or false'] as const;
const RULES = {
  tracing: [
    (value: unknown) =>
      ['server', 'client'].every((name) => typeof Object(value)[name] === 'function'),
    'what requestTracing() of utilityfog-telemetry/opentelemetry returns',
  ],
  server: FLAG,
  client: FLAG,
  propagateTo: TRACE_DESTINATIONS,
  ignore: [(value: unknown) => typeof value === 'function', 'a function'],
};
