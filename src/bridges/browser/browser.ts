/** Observes what a page does, without a change of its code. */
import type { Rule } from '../../options.ts';
import { outsideZones } from '../../platform/realm.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import { checkedMiddleware } from '../checked-middleware.ts';
import { TRACE_DESTINATIONS, type TraceDestinations } from '../trace-destinations.ts';
import { traceDocumentLoad } from './document-load.ts';
import { type IgnoredElements, traceInteractions } from './interactions.ts';
import { pageRequests } from './page-requests.ts';
import type { PageTracing } from './page-tracing.ts';
import { observeFetch } from './patched-fetch.ts';
import { observeXhr } from './patched-xhr.ts';
import { traceRoutes } from './route-changes.ts';

export type { IgnoredElements, PageTracing, TraceDestinations };

/** What can be observed of a page. All but `requests` needs `tracing`. */
export type PageGroup = 'requests' | 'load' | 'routes' | 'interactions';
const GROUPS: readonly PageGroup[] = ['requests', 'load', 'routes', 'interactions'];

/** The options of `instrumentPage()`. */
export interface PageOptions {
  /** Makes spans: `requestTracing()` of `utilityfog-telemetry/opentelemetry`. Unless given, there are only metrics. */
  readonly tracing?: PageTracing | undefined;
  /**
   * What is observed.
   * @defaultValue all
   */
  readonly only?: readonly PageGroup[] | undefined;
  /**
   * Which other origins get the headers of traces. The page's own always gets them.
   * @defaultValue none
   */
  readonly propagateTo?: TraceDestinations | undefined;
  /** Says of a URL whether requests to it are ignored. */
  readonly ignoreRequests?: ((url: URL) => boolean) | undefined;
  /** Elements whose interactions are ignored, and those of all within them: a selector or a function. */
  readonly ignore?: IgnoredElements | undefined;
  /**
   * How many resources of the page's load have a span at most.
   * @defaultValue 100
   */
  readonly resources?: number | undefined;
}

const isFunction = (value: unknown) => typeof value === 'function';
const FUNCTION: Rule = [isFunction, 'a function'];
const RULES: Record<keyof PageOptions, Rule> = {
  tracing: [
    (value) => isFunction((value as { page?: unknown } | null)?.page),
    'what requestTracing() of utilityfog-telemetry/opentelemetry returns',
  ],
  only: [
    (value) => Array.isArray(value) && value.every((group) => GROUPS.includes(group)),
    `a list of ${GROUPS.join(', ')}`,
  ],
  propagateTo: TRACE_DESTINATIONS,
  ignoreRequests: FUNCTION,
  ignore: [(value) => isFunction(value) || isSelector(value), 'a selector or a function'],
  resources: [
    (value) => Number.isInteger(value) && (value as number) >= 0,
    'a whole number, 0 or more',
  ],
};

function isSelector(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  // In a server that renders there is nothing to ask.
  if (typeof document === 'undefined') return true;
  try {
    document.createElement('p').matches(value);
    return true;
  } catch {
    return false;
  }
}

/** What runs, by collector. */
const running = /* @__PURE__ */ new WeakMap<TelemetryCollector, () => void>();

/**
 * Observes the requests of a page, and with `tracing` also its load, its changes of route and what its users do. While
 * it runs, a second call for the same collector changes nothing. Where there is no page, as in a server that renders,
 * nothing is observed, and a warning says so.
 *
 * @returns ends it, and puts back what was replaced. Metrics stay.
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts browser
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { instrumentPage } from 'utilityfog-telemetry/browser';
 *
 * const collector = new TelemetryCollector();
 * const stop = instrumentPage(collector, { only: ['requests', 'interactions'] });
 * document.querySelector('button')?.click();
 * stop();
 * ```
 */
export function instrumentPage(
  collector: TelemetryCollector,
  options?: PageOptions | null,
): () => void {
  const taken = checkedMiddleware('instrumentPage()', { ...options, collector }, RULES);
  const known = running.get(collector);
  if (known) return known;
  if (typeof document === 'undefined') {
    collector.fail('no_page', 'instrumentPage() does nothing here, since there is no page');
    return () => {};
  }
  const undo = outsideZones(() => begin(collector, taken));
  const stop = () => {
    for (const one of undo.splice(0)) one();
    running.delete(collector);
  };
  running.set(collector, stop);
  return stop;
}

function begin(collector: TelemetryCollector, options: PageOptions): (() => void)[] {
  const {
    tracing,
    only = GROUPS,
    propagateTo = [],
    ignoreRequests,
    ignore,
    resources = 100,
  } = options;
  const has = (group: PageGroup) => only.includes(group);
  const undo: (() => void)[] = [];
  const interactions =
    tracing && has('interactions') ? traceInteractions(tracing, ignore) : undefined;
  const current = () => interactions?.current();
  if (interactions) undo.push(interactions.stop);
  if (tracing && has('routes')) undo.push(traceRoutes(tracing, current));
  if (has('requests')) {
    const within = tracing && {
      client: (name: string, attributes: never, start: number) =>
        tracing.client(name, attributes, start, current()),
    };
    const requests = pageRequests(collector, { tracing: within, propagateTo, ignoreRequests });
    undo.push(observeFetch(requests), observeXhr(requests, tracing?.untraced), requests.stop);
  }
  if (tracing && has('load')) {
    undo.push(traceDocumentLoad(tracing, resources, has('requests')));
  }
  return undo;
}
