import { hearChannels } from '../platform/heard-channels.ts';
import type { ClientRequest } from './client-requests.ts';
import { type OutgoingRequest, type OutgoingRequests, requestUrl } from './outgoing-requests.ts';

/** https://undici.nodejs.org/#/docs/api/DiagnosticsChannel.md */
interface UndiciRequest {
  readonly method: string;
  readonly origin: string | URL;
  readonly path: string;
  /** Names and values in turn; a text before undici 6. */
  readonly headers: readonly (string | Uint8Array)[] | string;
  /** The protocol that the connection is to have, as for a WebSocket. */
  readonly upgrade?: string | null;
  addHeader(name: string, value: string): unknown;
}
type Message = { readonly request: UndiciRequest };

/**
 * Observes the requests that Node's own `fetch` makes, and the package undici. Each request that follows from a redirect
 * is one of its own.
 * @returns ends that
 */
export function observeUndici(begin: OutgoingRequests): () => void {
  const underWay = new WeakMap<object, { observed: ClientRequest; status?: number }>();
  const end = (request: UndiciRequest, error?: unknown) => {
    const { observed, status } = underWay.get(request) ?? {};
    underWay.delete(request);
    // Who reads no further has the answer nevertheless.
    observed?.settle(status === undefined ? { error } : { status });
    observed?.close();
  };
  const heard: Readonly<Record<string, (message: never) => void>> = {
    'undici:request:create': ({ request }: Message) => {
      // Nothing tells of the answer to these.
      if (request.method === 'CONNECT' || request.upgrade) return;
      const observed = begin(() => outgoing(request));
      if (observed) underWay.set(request, { observed });
    },
    'undici:request:headers': (message: Message & { response: { statusCode: number } }) => {
      const known = underWay.get(message.request);
      if (known) known.status = message.response.statusCode;
    },
    'undici:request:trailers': ({ request }: Message) => end(request),
    'undici:request:error': ({ request, error }: Message & { error: unknown }) =>
      end(request, error),
  };
  return hearChannels(heard);
}

function outgoing(request: UndiciRequest): OutgoingRequest {
  const { method, origin, path, headers } = request;
  return {
    method,
    url: requestUrl(String(origin), method, path),
    isTraced:
      typeof headers === 'string'
        ? /^traceparent:/im.test(headers)
        : headers.some((name, at) => at % 2 === 0 && String(name).toLowerCase() === 'traceparent'),
    add: (name, value) => void request.addHeader(name, value),
  };
}
