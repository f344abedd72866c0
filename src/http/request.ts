import type { BasicAuth } from './access-options.ts';

/** The part of a request for the metrics that decides about it, from whichever server. */
export interface HttpRequest {
  readonly method: string | undefined;
  readonly pathname: string;
  readonly authorization: string | null | undefined;
  /** The families that are asked for; all if it is absent. */
  readonly names?: readonly string[] | undefined;
}

/** Matches the origin of a whole URL. */
const ORIGIN = /^[a-z]+:\/\/([^/?#]*)/i;

export interface HttpAccess {
  /** Other paths are not found. Without it every path is right. */
  readonly path?: string | undefined;
  readonly bearerToken?: string | undefined;
  readonly basicAuth?: BasicAuth | undefined;
  readonly maxScrapes?: number | undefined;
  readonly createdSamples?: boolean | undefined;
  /** Whether Prometheus' HTTP API is served, too. */
  readonly api?: boolean | undefined;
}

/** An answer that refuses a request. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers: Record<string, string>;
}

/** How many families a request can name. */
const MOST_NAMES = 1000;
/** How many scrapes may be under way, unless an option says less. */
export const MOST_SCRAPES = 512;
/** The body of the answer to one too many. */
export const TOO_MANY_SCRAPES = 'too many requests wait for the metrics; ask again later\n';

/** Returns the answer that refuses a request, or `undefined` if the request gets the metrics. */
export function refusal(
  { method, pathname, authorization, names = [] }: HttpRequest,
  access: HttpAccess,
): Refusal | undefined {
  const { path } = access;
  if (path !== undefined && pathname !== withLeadingSlash(path)) {
    return refused(404, `not found; the metrics are at ${withLeadingSlash(path)}\n`);
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return refused(405, 'only GET and HEAD\n', { allow: 'GET, HEAD' });
  }
  const unknown = unauthorized(authorization, access);
  if (unknown) return unknown;
  if (names.length > MOST_NAMES) {
    // RFC 9110, section 15.5.15.
    return refused(414, `at most ${MOST_NAMES} families can be named with name[]\n`);
  }
  return undefined;
}

/** Returns the answer to a client that may not see the metrics, or `undefined` if it may. */
export function unauthorized(
  authorization: HttpRequest['authorization'],
  access: HttpAccess,
): Refusal | undefined {
  return authorized(access, authorization) ? undefined : refused(401, ...challenge(access));
}

function refused(status: number, message: string, headers: Record<string, string> = {}): Refusal {
  return {
    status,
    message,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  };
}

/**
 * Returns the path of a request target or URL. `new URL()` is no use: it refuses a path, and takes `//` for
 * the start of a host. Clients behind a proxy send the whole URL (RFC 9112, section 3.2.2).
 */
export function pathOf(target: string): string {
  return target.replace(ORIGIN, '').replace(/[?#].*/s, '') || '/';
}

/**
 * Returns the families that a request target or URL names with `name[]`, as client libraries of Prometheus let
 * scrapers do; `undefined` if it names none.
 */
export function namesIn(target: string): readonly string[] | undefined {
  const [, query = ''] = /^[^?#]*\?([^#]*)/.exec(target) ?? [];
  const names = new URLSearchParams(query).getAll('name[]');
  return names.length > 0 ? [...new Set(names)].sort() : undefined;
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

/** Whether a request may see the metrics: if both a token and a password are set, either will do. */
export function authorized(
  { bearerToken, basicAuth }: HttpAccess,
  header: string | null | undefined,
): boolean {
  if (bearerToken === undefined && !basicAuth) return true;
  // The case of the scheme does not matter: RFC 9110, section 11.1.
  const [, scheme = '', given = ''] = /^(bearer|basic) +(.*)$/i.exec(header ?? '') ?? [];
  const isBasic = scheme.toLowerCase() === 'basic';
  const expected = isBasic ? basicAuth && basicCredentials(basicAuth) : bearerToken;
  return expected !== undefined && isEqual(given, expected);
}

/**
 * Compares texts in a time that depends on their lengths only, so a token cannot be guessed byte by byte.
 * @param expected must not be empty
 */
function isEqual(given: string, expected: string): boolean {
  let difference = expected.length ^ given.length;
  for (let i = 0; i < given.length; i++) {
    difference |= given.charCodeAt(i) ^ expected.charCodeAt(i % expected.length);
  }
  return difference === 0;
}

/** Returns what a client sends for a name and a password, by RFC 7617 in UTF-8. */
function basicCredentials({ username, password }: BasicAuth): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** Returns what the answer says to those who may not see the metrics. */
function challenge({
  bearerToken,
  basicAuth,
}: HttpAccess): [message: string, headers: Record<string, string>] {
  const schemes = [
    ...(bearerToken === undefined ? [] : ['Bearer']),
    ...(basicAuth ? ['Basic realm="metrics", charset="UTF-8"'] : []),
  ];
  const needed = bearerToken === undefined ? 'a name and a password are' : 'a bearer token is';
  return [`${needed} needed\n`, { 'www-authenticate': schemes.join(', ') }];
}
