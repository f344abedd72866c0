import { after } from '../../platform/timers.ts';
import type { ObservedSpan } from '../client-requests.ts';
import { redactedUrl } from '../http-conventions.ts';
import { quietly } from '../shared-metric.ts';
import { addEvents, addNetworkEvents } from './network-timings.ts';
import type { PageTracing } from './page-tracing.ts';

/** The moments of the load that are events of its span. */
const MOMENTS = [
  'fetchStart',
  'unloadEventStart',
  'unloadEventEnd',
  'domInteractive',
  'domContentLoadedEventStart',
  'domContentLoadedEventEnd',
  'domComplete',
  'loadEventStart',
  'loadEventEnd',
] as const;
const PAINTS: Readonly<Record<string, string>> = {
  'first-paint': 'firstPaint',
  'first-contentful-paint': 'firstContentfulPaint',
};
/** What has a span of its own if it was asked for after the observation has begun. */
const REQUESTS = ['fetch', 'xmlhttprequest'];

/**
 * Makes the spans of the load once it is over, with the names of OpenTelemetry's instrumentation of it.
 * @param most resources that have a span
 * @param areRequestsObserved whether `fetch` and XMLHttpRequest are observed from now on
 * @returns ends it
 */
export function traceDocumentLoad(
  tracing: PageTracing,
  most: number,
  areRequestsObserved: boolean,
): () => void {
  const since = areRequestsObserved ? performance.now() : Infinity;
  let cancel = () => {};
  // The end of the load is known when its listeners have returned.
  const loaded = () => {
    cancel = after(0, () => quietly(() => record(tracing, most, since)));
  };
  if (document.readyState === 'complete') loaded();
  else addEventListener('load', loaded);
  return () => {
    removeEventListener('load', loaded);
    cancel();
  };
}

function record(tracing: PageTracing, most: number, since: number): void {
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  if (!entry?.loadEventEnd) return;
  const url = shownUrl(location.href);
  const { userAgent } = navigator;
  const parent = document.querySelector<HTMLMetaElement>('meta[name="traceparent"]')?.content ?? '';
  const load = tracing.page(
    'documentLoad',
    { 'url.full': url, 'user_agent.original': userAgent },
    entry.fetchStart,
    parent,
  );
  if (!load) return;
  fetchSpan(tracing, 'documentFetch', url, entry, load);
  for (const resource of resourcesBefore(entry.loadEventEnd, most, since)) {
    fetchSpan(tracing, 'resourceFetch', shownUrl(resource.name), resource, load);
  }
  addEvents(load, entry, MOMENTS);
  for (const { name, startTime } of performance.getEntriesByType('paint')) {
    if (PAINTS[name]) load.event(PAINTS[name], startTime);
  }
  load.end(entry.loadEventEnd);
}

/** The first resources that the load has waited for, or may have. */
function resourcesBefore(end: number, most: number, since: number): PerformanceResourceTiming[] {
  const all = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
  return all
    .filter(
      ({ startTime, initiatorType }) =>
        startTime <= end && !(startTime >= since && REQUESTS.includes(initiatorType)),
    )
    .slice(0, most);
}

function fetchSpan(
  tracing: PageTracing,
  name: string,
  url: string,
  entry: PerformanceResourceTiming,
  within: ObservedSpan,
): void {
  const { responseStatus } = entry as { responseStatus?: number };
  const attributes = {
    'url.full': url,
    'http.response.status_code': responseStatus || undefined,
  };
  const span = tracing.page(name, attributes, entry.fetchStart, within);
  if (!span) return;
  addNetworkEvents(span, entry);
  span.end(entry.responseEnd);
}

/** Returns a URL without what is secret. An entry may have a text in its place. */
function shownUrl(given: string): string {
  try {
    return redactedUrl(new URL(given, document.baseURI));
  } catch {
    return given;
  }
}
