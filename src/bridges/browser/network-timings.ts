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

/** Writes the moments of an entry into a span. */
export function addNetworkEvents(
  span: Pick<ObservedSpan, 'event'>,
  entry: PerformanceResourceTiming,
): void {
  addEvents(span, entry, MOMENTS);
}

/** A moment that has not come, or that a browser hides, is 0. A document may have been asked for at 0. */
export function addEvents<Moment extends string>(
  span: Pick<ObservedSpan, 'event'>,
  entry: Readonly<Record<Moment, number>>,
  moments: readonly Moment[],
): void {
  for (const moment of moments) {
    if (entry[moment] > 0 || moment === 'fetchStart') span.event(moment, entry[moment]);
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
  const read = (entries: readonly PerformanceEntry[]) => {
    for (const entry of entries as readonly PerformanceResourceTiming[]) {
      const name = withoutFragment(entry.name);
      const timed = waiting.find(
        (one) =>
          one.name === name &&
          one.initiator === entry.initiatorType &&
          one.request.start <= entry.startTime + ROUNDING,
      );
      if (!timed) continue;
      addNetworkEvents(timed.request, entry);
      waiting.close(timed);
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
    take: (request, url, initiator) =>
      waiting.add({ request, name: withoutFragment(url.href), initiator }),
    stop() {
      stopListening();
      closeAll();
      observer.disconnect();
    },
  };
}
