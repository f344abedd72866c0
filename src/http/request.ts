/** The part of a request for the metrics that decides about it, from whichever server. */
export interface HttpRequest {
  readonly method: string | undefined;
  readonly pathname: string;
  readonly authorization: string | null | undefined;
}

/** Matches the origin of a whole URL. */
const ORIGIN = /^[a-z]+:\/\/([^/?#]*)/i;

export interface HttpAccess {
  /** Other paths are not found. Without it every path is right. */
  readonly path?: string | undefined;
  readonly bearerToken?: string | undefined;
}

/** Returns the answer that refuses a request, or `undefined` if the request gets the metrics. */
export function refusal(
  { method, pathname, authorization }: HttpRequest,
  { path, bearerToken }: HttpAccess,
): { status: number; message: string; headers: Record<string, string> } | undefined {
  const refused = (status: number, message: string, headers: Record<string, string> = {}) => ({
    status,
    message,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  });
  if (path !== undefined && pathname !== withLeadingSlash(path)) {
    return refused(404, `not found; the metrics are at ${withLeadingSlash(path)}\n`);
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
 * Returns the path of a request target or URL. `new URL()` is no use: it refuses a path, and takes `//` for
 * the start of a host. Clients behind a proxy send the whole URL (RFC 9112, section 3.2.2).
 */
export function pathOf(target: string): string {
  return target.replace(ORIGIN, '').replace(/[?#].*/s, '') || '/';
}

/** Returns the host and port that a whole URL names; `undefined` for a path. */
export function hostOf(target: string): string | undefined {
  return ORIGIN.exec(target)?.[1];
}

/** Adds the leading slash: `metrics` means `/metrics`. */
export function withLeadingSlash(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

/** The part of a scraper's waiting time that is kept for the way and the rendering. Seconds. */
const SCRAPE_MARGIN = 0.5;
/** The longest time that a request can ask for. Seconds. */
const LONGEST_SCRAPE = 120;

/**
 * Returns for how many seconds `collect` callbacks may be waited for. It comes from the header in which
 * Prometheus says how long it waits for the answer; `undefined` if that is missing or makes no sense.
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
 * Whether a request may see the metrics. The comparison takes a time that depends on the lengths only, so a
 * token cannot be guessed byte by byte.
 */
function authorized(token: string | undefined, header: string | null | undefined): boolean {
  if (token === undefined) return true;
  const expected = token;
  // The case of the scheme does not matter: RFC 9110, section 11.1.
  const given = /^bearer +(.*)$/i.exec(header ?? '')?.[1] ?? '';
  let difference = expected.length ^ given.length;
  for (let i = 0; i < given.length; i++) {
    difference |= given.charCodeAt(i) ^ expected.charCodeAt(i % expected.length);
  }
  return difference === 0;
}
