import { isSendingOwn } from '../platform/own-request.ts';
import type { ClientRequest, ClientRequests } from './client-requests.ts';

/** A request that is about to be sent. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  /** Whether it has the header `traceparent` already. */
  readonly isTraced: boolean;
  /** Adds a header. It may throw. */
  add(name: string, value: string): void;
}

/**
 * Returns the URL that a request asks for.
 * @param path what the request has in its first line. A path may begin with two slashes, which do not name a server.
 */
export function requestUrl(origin: string, method: string, path: string): URL {
  const url = new URL(origin);
  // It names whom the connection is to lead to. Whoever is asked to make it is the server.
  if (method === 'CONNECT') return url;
  // A request to a proxy has a whole URL.
  return new URL(path.startsWith('/') ? url.origin + path : path, url);
}

/** Begins to observe a request; `undefined` if it is not to be observed. Never throws. */
export type OutgoingRequests = (read: () => OutgoingRequest) => ClientRequest | undefined;

/**
 * Leaves out requests of telemetry itself and those that are ignored, and adds the headers of the trace. A request that
 * has them already belongs to the span of whoever has written them, so it is counted only.
 * @param counted observes without spans
 */
export function outgoingRequests(
  observe: ClientRequests,
  counted: ClientRequests,
  isIgnored: (method: string, url: string) => boolean,
): OutgoingRequests {
  return (read) => {
    if (isSendingOwn()) return undefined;
    try {
      const request = read();
      const { method, url, isTraced } = request;
      if (isIgnored(method, url.href)) return undefined;
      const observed = (isTraced ? counted : observe)(method, url);
      observed.inject((name, value) => {
        try {
          request.add(name, value);
        } catch {} // it takes no more headers
      });
      return observed;
    } catch {
      return undefined; // its URL is none, or its author has changed what is read here
    }
  };
}
