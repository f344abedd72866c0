import type { MetricsExporter } from '../exporters/metrics-exporter.ts';
import { exportAndCount } from '../exporters/multi-exporter.ts';
import {
  COLLECTOR,
  check,
  checked,
  EXPORTER,
  FLAG,
  FUNCTION,
  type Rule,
  type Rules,
  readOption,
  SECONDS,
} from '../options.ts';
import { TelemetryCollector } from '../telemetry-collector.ts';
import { TRACING } from './checked-middleware.ts';
import { measured, type RouteOf } from './fetch-metrics.ts';
import { type ServerTracing, serverRequests } from './server-requests.ts';

/** The options of `instrument()`. */
export interface InstrumentOptions {
  /**
   * The collector.
   * @defaultValue a new one
   */
  readonly collector?: TelemetryCollector | undefined;
  /** The exporter that runs with each flush. */
  readonly exporter?: MetricsExporter | undefined;
  /**
   * Seconds from one flush to the next; 0 to flush with every request.
   * @defaultValue 10
   */
  readonly flush?: number | undefined;
  /**
   * The label `http_route`. It must be a template, never the path itself.
   * @defaultValue empty
   */
  readonly route?: RouteOf | undefined;
  /**
   * Whether to record requests. `false` is for frameworks whose own middleware records them: then this only
   * flushes.
   */
  readonly requests?: boolean | undefined;
  /**
   * Makes a span of each request, and sends them with each flush: `requestTracing()` of
   * `utilityfog-telemetry/opentelemetry`.
   */
  readonly tracing?: ServerTracing | undefined;
}

const RULES: Rules<InstrumentOptions> = {
  collector: COLLECTOR,
  exporter: EXPORTER,
  flush: [(value) => value === 0 || SECONDS[0](value), `0, or ${SECONDS[1]}`],
  route: FUNCTION,
  requests: FLAG,
  ...TRACING,
};

/** A module that only has handlers of another kind is fine, too. */
const HANDLER: Rule = [
  (value) =>
    typeof value === 'function' || (value && typeof value === 'object' && !Array.isArray(value)),
  'a function, or an object with fetch()',
];

/** What edge platforms pass to a handler after the request. */
interface Context {
  waitUntil?(work: Promise<unknown>): void;
}

type FetchHandler = (request: never, env: never, context: never) => Response | Promise<Response>;
type AnyFetch = (...args: unknown[]) => Response | Promise<Response>;

/**
 * Wraps a handler: it answers as before, with the same response or the same error, and each request is
 * recorded. Takes the function as well as the module object with `fetch`. What was recorded is flushed
 * after the response, within `ctx.waitUntil`: with the first request, and then every `flush` seconds.
 *
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { instrument, TelemetryCollector } from 'utilityfog-telemetry/edge';
 *
 * const collector = new TelemetryCollector();
 * const fetch = instrument(async (request: Request) => new Response(request.method), { collector });
 * console.log(await (await fetch(new Request('https://shop.example.com/'))).text());
 * // -> GET
 * await collector.shutdown();
 * ```
 */
export function instrument<H extends FetchHandler | { fetch?: FetchHandler }>(
  handler: H,
  options?: InstrumentOptions | null,
): H {
  check('instrument() handler', handler, HANDLER);
  const taken = checked('instrument()', options, RULES);
  const { collector = new TelemetryCollector(), exporter, flush = 10, route, tracing } = taken;
  const observe = taken.requests === false ? undefined : serverRequests(collector, tracing);
  const flushAfter = flushing(collector, exporter, tracing, flush * 1000);
  const wrapped = (fetch: AnyFetch) =>
    async function (this: unknown, ...args: unknown[]): Promise<Response> {
      try {
        const handle = () => fetch.apply(this, args);
        return await (observe ? measured(observe, args[0] as Request, route, handle) : handle());
      } finally {
        flushAfter(args[2] as Context | undefined);
      }
    };
  if (typeof handler === 'function') return wrapped(handler as unknown as AnyFetch) as unknown as H;
  return readOption('instrument() handler', () => {
    const { fetch } = handler as { fetch?: AnyFetch };
    if (!fetch) return handler;
    return { ...handler, fetch: wrapped((...args) => fetch.apply(handler, args)) } as H;
  });
}

/**
 * Returns a function that flushes when it is time. It never throws, and never lets two flushes begin within
 * `pause` milliseconds.
 */
function flushing(
  collector: TelemetryCollector,
  exporter: MetricsExporter | undefined,
  tracing: ServerTracing | undefined,
  pause: number,
): (context: Context | undefined) => void {
  let last = -Infinity;
  let planned = -Infinity;
  const flush = async () => {
    last = Date.now();
    const exported = exporter && exportAndCount(exporter, collector);
    const sent = [collector.flush(), tracing?.flush()].map((one) => one?.catch(() => {}));
    await Promise.all([exported, ...sent]);
  };
  return (context) => {
    const now = Date.now();
    const due = last + pause;
    if (now < planned) return;
    let work: Promise<void>;
    if (now >= due) {
      work = flush();
    } else {
      // Perhaps no other request comes that would flush what this one recorded, so a timer does. A timer
      // lives as long as the work that is waited for. If a platform ends it earlier, the next request
      // flushes.
      planned = due;
      work = new Promise((resolve) => setTimeout(resolve, due - now)).then(flush);
    }
    try {
      context?.waitUntil?.(work);
    } catch {}
  };
}
