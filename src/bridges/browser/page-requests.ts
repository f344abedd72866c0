import type { TelemetryCollector } from '../../telemetry-collector.ts';
import {
  type ClientOutcome,
  type ClientRequest,
  type ClientTracing,
  clientRequests,
} from '../client-requests.ts';
import { type TraceDestinations, traceDestinations } from '../trace-destinations.ts';
import { type Initiator, networkTimings } from './network-timings.ts';

export interface PageRequestsOptions {
  /** Makes the spans, each within what the page is doing. */
  readonly tracing: ClientTracing | undefined;
  readonly propagateTo: TraceDestinations;
  readonly ignoreRequests: ((url: URL) => boolean) | undefined;
}

/** A request of the page that is observed. */
export interface PageRequest extends Pick<ClientRequest, 'inject' | 'run'> {
  /** Records how it ended. Only the first call counts. */
  end(outcome: ClientOutcome): void;
}

export interface PageRequests {
  /**
   * Begins to observe a request. Never throws.
   * @param isTraced whether it has the header `traceparent` already. Then it belongs to the span of whoever has written
   *   that, and is counted only.
   * @returns `undefined` if it is not to be observed
   */
  begin(
    method: string,
    url: string,
    initiator: Initiator,
    isTraced: boolean,
  ): PageRequest | undefined;
  stop(): void;
}

/** What observes `fetch` and XMLHttpRequest alike. */
export function pageRequests(
  collector: TelemetryCollector,
  { tracing, propagateTo, ignoreRequests }: PageRequestsOptions,
): PageRequests {
  const isMeant = traceDestinations(propagateTo);
  const isIgnored = ignoreRequests && traceDestinations(ignoreRequests);
  const propagates = (url: URL) => url.origin === location.origin || isMeant(url);
  const observe = clientRequests(collector, tracing, propagates);
  const count = clientRequests(collector, undefined, propagates);
  const timings =
    tracing && typeof PerformanceObserver === 'function' ? networkTimings() : undefined;
  // A `fetch` that somebody has made of XMLHttpRequest sends one within.
  let isSending = false;
  return {
    begin(method, given, initiator, isTraced) {
      const url = isSending ? undefined : requestUrl(given);
      if (!url || isIgnored?.(url)) return undefined;
      const request = (isTraced ? count : observe)(method, url);
      let isOpen = true;
      return {
        inject: request.inject,
        run(send) {
          isSending = true;
          try {
            return request.run(send);
          } finally {
            isSending = false;
          }
        },
        end(outcome) {
          if (!isOpen) return;
          isOpen = false;
          request.settle(outcome);
          if (timings) timings.take(request, url, initiator);
          else request.close();
        },
      };
    },
    stop: () => timings?.stop(),
  };
}

/** Returns the URL if it is one of HTTP. Others, such as `data:`, do not leave the page. */
function requestUrl(given: string): URL | undefined {
  try {
    const url = new URL(given, document.baseURI);
    return /^https?:$/.test(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}
