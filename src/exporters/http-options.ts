import { percentDecoded } from '../bytes/percent.ts';
import { ACCESS, type BasicAuth } from '../http/access-options.ts';
import { TelemetryError } from '../model.ts';
import { oneOf, type Rule, type Rules, SECONDS } from '../options.ts';
import { after } from '../platform/timers.ts';
import type { HttpPlan } from '../protocol/requests.ts';

/** Headers by their names, or as `fetch` has them. */
export type HeaderFields = Readonly<Record<string, string>> | Headers;

/** Returns headers that change, such as a token that expires. */
export type HeaderSource = () => HeaderFields | PromiseLike<HeaderFields>;

/** How an exporter sends by HTTP. */
export interface HttpOptions {
  /** An `http:` or `https:` URL. A name and password in it become basic authentication. */
  url: string | URL;
  /**
   * Headers of each request; or a function that returns them, or a promise of them. It is called in this thread
   * before each export. What it returns is not logged and not stored.
   */
  headers?: HeaderFields | HeaderSource | undefined;
  /** The token of `Authorization: Bearer …`. */
  bearerToken?: string | undefined;
  /** The name and password of `Authorization: Basic …`. */
  basicAuth?: BasicAuth | undefined;
  /**
   * Whether the body is compressed.
   * @defaultValue `none`
   */
  compression?: 'gzip' | 'none' | undefined;
  /**
   * How many seconds an attempt may take.
   * @defaultValue 10
   */
  timeout?: number | undefined;
}

/** Seconds. */
const TIMEOUT = 10;
/** How long the application may take to give headers. Seconds. */
const LONGEST = 5;
const ANY: Rule = [() => true, ''];

/** Returns the rules of these options. It is a function, so that bundlers can leave it out. */
export const httpRules = (): Rules<HttpOptions> => ({
  // What is wrong with a URL is told below, without the password that may be in it.
  url: ANY,
  headers: [
    (value) => typeof value === 'function' || areHeaders(value),
    'an object of headers, or a function that returns one',
  ],
  bearerToken: ACCESS.bearerToken,
  basicAuth: ACCESS.basicAuth,
  compression: oneOf('gzip', 'none'),
  timeout: SECONDS,
});

/** Whether these are headers that a request can have. */
export function areHeaders(value: unknown): value is HeaderFields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const fields = Object.entries(value);
  if (!fields.every(([, text]) => typeof text === 'string')) return false;
  try {
    new Headers(value as HeaderFields);
    return true;
  } catch {
    return false;
  }
}

/** @throws TelemetryError `invalid_option` */
export function checkedUrl(exporter: string, given: unknown, option = 'url'): URL {
  let url: URL | undefined;
  try {
    url = new URL(given as string);
  } catch {}
  if (url && /^https?:$/.test(url.protocol)) return url;
  const kind = url ? `a ${url.protocol} URL` : `${typeof given}, no absolute URL`;
  throw new TelemetryError(
    'invalid_option',
    `${exporter} ${option} must be an http: or https: URL, such as http://localhost:9091; got ${kind}`,
  );
}

/** Returns what the collector's side is told of the request. */
export function httpPlan(url: URL, method: HttpPlan['method'], options: HttpOptions): HttpPlan {
  const { headers = {}, bearerToken, basicAuth, compression, timeout = TIMEOUT } = options;
  const plain = new URL(url);
  const { username, password } = url;
  plain.username = '';
  plain.password = '';
  plain.hash = '';
  const basic =
    basicAuth ??
    ((username || password) && {
      username: percentDecoded(username),
      password: percentDecoded(password),
    });
  const authorization = bearerToken ? `Bearer ${bearerToken}` : basic && `Basic ${base64(basic)}`;
  const asksForHeaders = typeof headers === 'function';
  return {
    url: plain.href,
    method,
    headers: {
      ...(authorization && { authorization }),
      ...(!asksForHeaders && plainHeaders(headers)),
    },
    ...(compression === 'gzip' && { compression }),
    timeout,
    ...(asksForHeaders && { asksForHeaders }),
  };
}

/** Returns headers with lower-case names, so that one of each name is left when they are merged. */
function plainHeaders(headers: HeaderFields): Readonly<Record<string, string>> {
  const plain: Record<string, string> = {};
  new Headers(headers).forEach((value, name) => {
    plain[name] = value;
  });
  return plain;
}

const base64 = ({ username, password }: BasicAuth) => base64Of(`${username}:${password}`);

/** Encodes the UTF-8 bytes of a text. */
export function base64Of(text: string): string {
  // One call with all bytes as arguments would fail for long texts.
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte));
  return btoa(bytes.join(''));
}

/** @throws TelemetryError `invalid_headers` if what the application gives are no headers, or come too late */
export async function headersFrom(
  exporter: string,
  source: HeaderSource,
): Promise<Readonly<Record<string, string>>> {
  let cancel: (() => void) | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `${exporter} headers() has not answered in ${LONGEST} seconds`;
    cancel = after(LONGEST, () => reject(new TelemetryError('invalid_headers', message)));
  });
  // A function that throws at once must not leave the timer behind: nobody would hear its rejection.
  const given = (async () => source())();
  const headers = await Promise.race([given, late]).finally(cancel);
  if (areHeaders(headers)) return plainHeaders(headers);
  throw new TelemetryError('invalid_headers', `${exporter} headers() must return headers as texts`);
}
