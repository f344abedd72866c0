/** What a request for the metrics says of itself, whichever server it reached. */
export interface HttpRequest {
  readonly method: string | undefined;
  readonly pathname: string;
  readonly authorization: string | null | undefined;
}

/** Of a whole URL. */
const ORIGIN = /^[a-z]+:\/\/([^/?#]*)/i;

export interface HttpAccess {
  /** Other paths are not found; every path is right without it. */
  readonly path?: string | undefined;
  readonly bearerToken?: string | undefined;
}

/** Why a request gets no metrics, as the answer to it; `undefined` if it gets them. */
export function refusal(
  { method, pathname, authorization }: HttpRequest,
  { path, bearerToken }: HttpAccess,
): { status: number; message: string; headers: Record<string, string> } | undefined {
  const refused = (status: number, message: string, headers: Record<string, string> = {}) => ({
    status,
    message,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  });
  if (path !== undefined && pathname !== rooted(path)) {
    return refused(404, `not found; the metrics are at ${rooted(path)}\n`);
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return refused(405, 'only GET and HEAD\n', { allow: 'GET, HEAD' });
  }
  if (!authorized(bearerToken, authorization)) {
    return refused(401, 'a bearer token is needed\n', { 'www-authenticate': 'Bearer' });
  }
  return undefined;
}

/**
 * The path of a request target or URL. Not with `new URL()`, which refuses a path, and for which `//`
 * names a host. Clients that were told of a proxy send all of the URL (RFC 9112, section 3.2.2).
 */
export function pathOf(target: string): string {
  return target.replace(ORIGIN, '').replace(/[?#].*/s, '') || '/';
}

/** The host, and port, that a whole URL names; `undefined` for a path. */
export function hostOf(target: string): string | undefined {
  return ORIGIN.exec(target)?.[1];
}

/** `metrics` means `/metrics`. */
export function rooted(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

/** Seconds that a scraper has for the way and the rendering, of those that it waits in all. */
const SCRAPE_MARGIN = 0.5;
/** Whatever a request says, it is not answered later. Seconds. */
const LONGEST_SCRAPE = 120;

/**
 * Seconds for which `collect` callbacks may take, from the header with which Prometheus says how long it
 * waits for the answer; `undefined` where there is none that makes sense.
 */
export function scrapeTimeout(header: string | string[] | null | undefined): number | undefined {
  const seconds = Number(header ?? Number.NaN);
  if (!(seconds > 0)) return undefined;
  return Math.min(Math.max(seconds - SCRAPE_MARGIN, seconds / 2), LONGEST_SCRAPE);
}

/** The header that `scrapeTimeout` reads. */
export const SCRAPE_TIMEOUT = 'x-prometheus-scrape-timeout-seconds';

/** The headers of an answer that holds the metrics. */
export function metricsHeaders(contentType: string, gzip: boolean): Record<string, string> {
  return {
    'content-type': contentType,
    vary: 'accept, accept-encoding',
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
  };
}

/**
 * Whether a request may see the metrics. Compares in time that depends on the lengths only, so
 * that a token cannot be guessed byte by byte.
 */
function authorized(token: string | undefined, header: string | null | undefined): boolean {
  if (token === undefined) return true;
  const expected = token;
  // The scheme in any case: RFC 9110, section 11.1.
  const given = /^bearer +(.*)$/i.exec(header ?? '')?.[1] ?? '';
  let difference = expected.length ^ given.length;
  for (let i = 0; i < given.length; i++) {
    difference |= given.charCodeAt(i) ^ expected.charCodeAt(i % expected.length);
  }
  return difference === 0;
}
