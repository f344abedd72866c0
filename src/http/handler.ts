import { textOf } from '../model.ts';
import type { Rendered, RenderRequest } from '../protocol/requests.ts';
import { acceptsGzip } from './accept-encoding.ts';
import {
  type HttpAccess,
  MOST_SCRAPES,
  metricsHeaders,
  namesIn,
  pathOf,
  refusal,
  SCRAPE_TIMEOUT,
  scrapeTimeout,
  TOO_MANY_SCRAPES,
} from './request.ts';

type Answer = ResponseInit & { readonly headers: Readonly<Record<string, string>> };

/** How many scrapes are under way, by what a handler was made with. */
const underWay = new WeakMap<HttpAccess, number>();

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

/** Answers a Fetch request, or an object that looks like one, with the exposition. Never rejects. */
export async function respond(
  request: Request,
  access: HttpAccess,
  render: (request: RenderRequest) => Promise<Rendered>,
): Promise<Response> {
  let asked: ReturnType<typeof read>;
  let refused: ReturnType<typeof refusal>;
  try {
    asked = read(request);
    refused = refusal(asked, access);
  } catch (error) {
    return answer(`the request cannot be read: ${textOf(error)}\n`, { status: 400, headers: TEXT });
  }
  if (refused) return answer(refused.message, refused);
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
    gzip: !compresses && acceptsGzip(header('accept-encoding')),
    timeout: scrapeTimeout(header(SCRAPE_TIMEOUT)),
  };
}

/** Makes the response. It ignores `Object.prototype`, where scripts may have put a `status`. */
function answer(body: BodyInit | null, init: Answer): Response {
  return new Response(body, { __proto__: null, ...init } as Answer);
}
