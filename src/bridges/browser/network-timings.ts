import type { ClientRequest, ObservedSpan } from '../client-requests.ts';
import { onPageEnd } from './page-end.ts';
import { Waiting } from './waiting.ts';

/** The moments of a request that browsers note, under the names that OpenTelemetry's SDK for browsers gives to events. */
const MOMENTS = [
  'fetchStart',
  'domainLookupStart',
  'domainLookupEnd',
  'connectStart',
  'secureConnectionStart',
  'connectEnd',
  'requestStart',
  'responseStart',
  'responseEnd',
] as const;

/** So long a request that is answered waits for its timings. They are there once its whole body is. Seconds. */
const PATIENCE = 3;
/** A browser rounds the times of entries, and those of `performance.now()`, each in its own way. Milliseconds. */
const ROUNDING = 1;
/** So many entries are kept of requests whose answers are still to be seen here. */
const MOST_EARLY = 16;

/** Writes the moments of an entry into a span. */
export function addNetworkEvents(
  span: Pick<ObservedSpan, 'event'>,
  entry: PerformanceResourceTiming,
): void {
  addEvents(span, entry, MOMENTS);
}

/**
 * A moment that has not come, or that a browser hides, is 0. A document may have been asked for at 0. BROWSER: in Firefox
 * the first moments of a document may be a few milliseconds below 0.
 */
export function addEvents<Moment extends string>(
  span: Pick<ObservedSpan, 'event'>,
  entry: Readonly<Record<Moment, number>>,
  moments: readonly Moment[],
): void {
  for (const moment of moments) {
    if (entry[moment] !== 0 || moment === 'fetchStart') span.event(moment, entry[moment]);
  }
}

/** Returns a URL as both entries and requests have it. */
export const withoutFragment = (href: string): string => {
  const at = href.indexOf('#');
  return at < 0 ? href : href.slice(0, at);
};

/** What asks for a resource, as entries name it. */
export type Initiator = 'fetch' | 'xmlhttprequest';

/** A request whose timings are not known yet. */
interface Timed {
  readonly request: ClientRequest;
  readonly name: string;
  readonly initiator: Initiator;
}

/** Takes requests that are answered, and closes each once its timings are known, or will not be any more. */
export type TakeAnswered = (request: ClientRequest, url: URL, initiator: Initiator) => void;

/**
 * Finds the network timings of requests.
 * @returns what takes them, and what ends it
 */
export function networkTimings(): { take: TakeAnswered; stop: () => void } {
  const waiting = new Waiting<Timed>(PATIENCE, ({ request }) => request.close());
  // RACE: a browser may tell of a short answer before the promise of its request resolves.
  const early: PerformanceResourceTiming[] = [];
  const isOf = (entry: PerformanceResourceTiming, { request, name, initiator }: Timed) =>
    name === withoutFragment(entry.name) &&
    initiator === entry.initiatorType &&
    request.start <= entry.startTime + ROUNDING;
  const read = (entries: readonly PerformanceEntry[]) => {
    for (const entry of entries as readonly PerformanceResourceTiming[]) {
      const timed = waiting.find((one) => isOf(entry, one));
      if (timed) {
        addNetworkEvents(timed.request, entry);
        waiting.close(timed);
      } else if (early.push(entry) > MOST_EARLY) {
        early.shift();
      }
    }
  };
  const observer = new PerformanceObserver((list) => read(list.getEntries()));
  observer.observe({ type: 'resource' });
  const closeAll = () => {
    read(observer.takeRecords());
    waiting.closeAll();
  };
  const stopListening = onPageEnd(closeAll);
  return {
    take(request, url, initiator) {
      const timed = { request, name: withoutFragment(url.href), initiator };
      waiting.add(timed);
      const at = early.findIndex((entry) => isOf(entry, timed));
      if (at >= 0) read(early.splice(at, 1));
    },
    stop() {
      stopListening();
      closeAll();
      observer.disconnect();
    },
  };
}
