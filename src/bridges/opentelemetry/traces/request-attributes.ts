import type { TextMapGetter } from '@opentelemetry/api';
import { redactedQuery } from '../../http-conventions.ts';
import type { ServerRequest } from '../../server-requests.ts';

/** Name and port of a server, as the header `Host` has them. */
const HOST = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/;
/** What comes before the path, in a request to a proxy, and what comes behind it. */
const TARGET = /^(?:[\w+.-]+:\/\/[^/?#]*)?([^?#]*)(\?[^#]*)?/;

export const isFetchRequest = (request: ServerRequest): request is Request =>
  typeof (request.headers as Partial<Headers>).get === 'function';

/** Reads the headers of a request. */
export const requestHeaders: TextMapGetter<ServerRequest> = {
  get: (request, name) =>
    isFetchRequest(request) ? (request.headers.get(name) ?? undefined) : request.headers[name],
  keys: (request) =>
    isFetchRequest(request) ? [...request.headers.keys()] : Object.keys(request.headers),
};

function header(request: ServerRequest, name: string): string | undefined {
  const value = requestHeaders.get(request, name);
  return Array.isArray(value) ? value[0] : value;
}

/**
 * Returns what is known of a request when it arrives, by the names of the conventions:
 * https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
 */
export function requestAttributes(
  request: ServerRequest,
  method: string,
  showsClient: boolean,
): Record<string, string | number | undefined> {
  const { scheme, host, path, query, version } = targetOf(request);
  const [, address, port] = HOST.exec(host) ?? [];
  return defined({
    'http.request.method': method,
    'http.request.method_original': method === request.method ? undefined : request.method,
    'url.scheme': scheme,
    'url.path': path,
    'url.query': redactedQuery(query).slice(1) || undefined,
    'server.address': address || undefined,
    'server.port': address ? Number(port ?? (scheme === 'https' ? 443 : 80)) : undefined,
    'user_agent.original': header(request, 'user-agent'),
    'network.protocol.version': version,
    'client.address': showsClient ? clientOf(request) : undefined,
  });
}

interface Target {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  /** With its question mark. */
  readonly query: string;
  readonly version?: string | undefined;
}

function targetOf(request: ServerRequest): Target {
  if (isFetchRequest(request)) {
    const { protocol, host, pathname, search } = new URL(request.url);
    return { scheme: protocol.slice(0, -1), host, path: pathname, query: search };
  }
  // Express changes `url` within a router.
  const { url = '/', originalUrl = url } = request as { url?: string; originalUrl?: string };
  const [, path = '', query = ''] = TARGET.exec(originalUrl) ?? [];
  const { encrypted } = (request.socket ?? {}) as { encrypted?: boolean };
  return {
    scheme: encrypted ? 'https' : 'http',
    host: header(request, 'host') ?? header(request, ':authority') ?? '',
    path,
    query,
    // The conventions have 2 for what Node has as 2.0.
    version: request.httpVersion?.replace(/^([2-9])\.0$/, '$1'),
  };
}

/** Returns the address that a proxy has named, which anybody can write, or that of the connection. */
function clientOf(request: ServerRequest): string | undefined {
  const named = header(request, 'x-forwarded-for')?.split(',')[0]?.trim();
  if (named || isFetchRequest(request)) return named;
  return ((request.socket ?? {}) as { remoteAddress?: string }).remoteAddress;
}

/** Leaves out what is not known: a sampler would see it. */
function defined<T extends object>(attributes: T): T {
  const entries = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}
