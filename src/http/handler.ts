import { joinPieces } from '../bytes/pieces.ts';
import { textOf } from '../model.ts';
import type { Rendered, RenderRequest } from '../protocol/requests.ts';
import { acceptsGzip } from './accept-encoding.ts';
import { apiRequest, askApi, type CallPart, isForApi, MOST_BYTES, tooLarge } from './api.ts';
import {
  type HttpAccess,
  MOST_SCRAPES,
  metricsHeaders,
  namesIn,
  pathOf,
  type Refusal,
  refusal,
  SCRAPE_TIMEOUT,
  scrapeTimeout,
  TOO_MANY_SCRAPES,
  unauthorized,
} from './request.ts';

type Answer = ResponseInit & { readonly headers: Readonly<Record<string, string>> };

/** How many scrapes are under way, by what a handler was made with. */
const underWay = new WeakMap<HttpAccess, number>();

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

/**
 * Answers a Fetch request, or an object that looks like one, with the exposition, or from Prometheus' HTTP API if
 * that is switched on. Never rejects.
 */
export async function respond(
  request: Request,
  access: HttpAccess,
  render: (request: RenderRequest) => Promise<Rendered>,
  call?: CallPart,
): Promise<Response> {
  let asked: ReturnType<typeof read>;
  let refused: Refusal | undefined;
  let isQuery = false;
  try {
    asked = read(request);
    isQuery = call !== undefined && isForApi(asked.pathname, access);
    refused = isQuery ? unauthorized(asked.authorization, access) : refusal(asked, access);
  } catch (error) {
    return answer(`the request cannot be read: ${textOf(error)}\n`, { status: 400, headers: TEXT });
  }
  if (refused) return answer(refused.message, refused);
  if (isQuery) return respondFromApi(request, asked, call!);
  const scrapes = underWay.get(access) ?? 0;
  if (scrapes >= (access.maxScrapes ?? MOST_SCRAPES)) return unavailable(TOO_MANY_SCRAPES);
  underWay.set(access, scrapes + 1);
  const { accept, gzip, method, names, timeout } = asked;
  const { createdSamples } = access;
  try {
    // A client that has already gone needs no answer.
    request.signal?.throwIfAborted?.();
    const { body, contentType } = await render({ accept, names, gzip, timeout, createdSamples });
    // workerd compresses a body that is declared as compressed, unless it is told that it is compressed
    // already.
    const init = { headers: metricsHeaders(contentType, gzip), encodeBody: 'manual' };
    return answer(method === 'HEAD' ? null : body, init);
  } catch (error) {
    return unavailable(`the exposition could not be made: ${textOf(error)}\n`);
  } finally {
    underWay.set(access, underWay.get(access)! - 1);
  }
}

/** Answers a request to Prometheus' HTTP API. */
async function respondFromApi(
  request: Request,
  { method, pathname, contentType, gzip }: ReturnType<typeof read>,
  call: CallPart,
): Promise<Response> {
  let answered = tooLarge();
  try {
    const body = await bodyOf(request);
    const asked = apiRequest(method, pathname, request.url, { contentType, body, gzip });
    if (body) answered = await askApi(call, asked, request.signal);
  } catch (error) {
    return answer(`the request cannot be read: ${textOf(error)}\n`, { status: 400, headers: TEXT });
  }
  const { status, headers, body } = answered;
  const isEmpty = method === 'HEAD' || status === 204;
  return answer(isEmpty ? null : body, { status, headers, encodeBody: 'manual' } as Answer);
}

/** Resolves to `undefined` if the body is too large. */
async function bodyOf({ body }: Request): Promise<Uint8Array | undefined> {
  const reader = body?.getReader();
  const pieces: Uint8Array[] = [];
  for (let length = 0; length <= MOST_BYTES; ) {
    const { value } = (await reader?.read()) ?? {};
    if (!value) return joinPieces(pieces);
    pieces.push(value);
    length += value.length;
  }
  void reader?.cancel().catch(() => {});
  return undefined;
}

function unavailable(message: string): Response {
  return answer(message, { status: 503, headers: { ...TEXT, 'retry-after': '1' } });
}

/**
 * Reads a request by its shape, not its class. Frameworks and other realms have requests of their own, some
 * with a path in place of a URL.
 */
function read(request: Request) {
  const { method, headers, url } = request;
  const header = (name: string): string | undefined => {
    const value =
      typeof headers?.get === 'function'
        ? headers.get(name)
        : (headers as unknown as Record<string, unknown> | undefined)?.[name];
    return typeof value === 'string' ? value : undefined;
  };
  // Next.js removes the header that declares the compression, and compresses by itself.
  const compresses = 'nextUrl' in request || typeof CompressionStream !== 'function';
  return {
    method,
    pathname: pathOf(url),
    names: namesIn(url),
    authorization: header('authorization'),
    accept: header('accept'),
    contentType: header('content-type'),
    gzip: !compresses && acceptsGzip(header('accept-encoding')),
    timeout: scrapeTimeout(header(SCRAPE_TIMEOUT)),
  };
}

/** Makes the response. It ignores `Object.prototype`, where scripts may have put a `status`. */
function answer(body: BodyInit | null, init: Answer): Response {
  return new Response(body, { __proto__: null, ...init } as Answer);
}
