import { canGzip, gzipPieces } from '../bytes/gzip.ts';
import { joinPieces, type Pieces } from '../bytes/pieces.ts';
import { textOf } from '../model.ts';
import { ownRequest, sendOwn } from '../platform/own-request.ts';
import { isRedirect, sentOnce } from '../platform/sent-once.ts';
import { after } from '../platform/timers.ts';
import type { HttpPlan } from '../protocol/requests.ts';
import type { DestinationKind, Receipt } from './destination.ts';
import { retryAfter } from './retry-after.ts';
import { secretsOf, withoutSecrets } from './secrets.ts';
import { wordsOf } from './server-words.ts';

/** Statuses that say that the same request may succeed later, besides all from 500 on (RFC 9110, RFC 8470). */
const MAY_PASS = [408, 425, 429];
/** Statuses that say something about the body, so that a part of it may be taken. */
const OF_THE_BODY = [400, 413, 422];
/**
 * A browser lets a request go on after its page is gone (`keepalive`) if all such requests of a thread have less
 * than 64 KiB together. It refuses one that would be too much, so a few bytes are left for others.
 */
export const MOST_KEPT_ALIVE = 61_440;

const REDIRECTED: Receipt = {
  ok: false,
  reason: 'the URL redirects to another, which is not followed; give the other one',
  drop: true,
};

/** How many bytes the requests of this thread have that would outlive it. */
let keptAlive = 0;

/** Sends exports by HTTP, with `fetch`. */
export function httpDestination(): DestinationKind {
  return {
    name: 'http',
    open({ http }) {
      if (!http) throw new RangeError('the plan does not say how to send by HTTP');
      return {
        target: `${http.method} ${http.url}`,
        send: (body, { contentType }, signal) => sendByHttp(http, signal, body, contentType),
      };
    },
  };
}

/**
 * Makes one request. Never rejects.
 * @param body absent for a request that has none. Pieces are overwritten later, while bytes stay what they are.
 * @param judge looks at an answer for more than its status
 */
export async function sendByHttp(
  http: HttpPlan,
  signal: AbortSignal,
  body?: Pieces | Uint8Array<ArrayBuffer>,
  contentType?: string,
  judge?: (response: Response) => Promise<Receipt | undefined>,
): Promise<Receipt> {
  const limit = new AbortController();
  const giveUp = () => limit.abort();
  signal.addEventListener('abort', giveUp, { once: true });
  const cancel = after(http.timeout, giveUp);
  let kept = 0;
  try {
    const { url, method, headers } = http;
    const compression = canGzip() ? http.compression : undefined;
    const bytes = body && (await bodyOf(body, compression));
    if (bytes && keptAlive + bytes.length <= MOST_KEPT_ALIVE) kept = bytes.length;
    keptAlive += kept;
    const options: RequestInit = {
      method,
      headers: {
        ...(body && contentType && { 'content-type': contentType }),
        ...(body && compression && { 'content-encoding': compression }),
        ...headers,
      },
      body: bytes ?? null,
      ...(kept > 0 && { keepalive: true }),
      // A redirect would turn a POST into a GET, and might take secrets elsewhere.
      ...sentOnce(),
      ...ownRequest,
      signal: limit.signal,
    };
    const response = await sendOwn(() => fetch(url, options));
    return (await judge?.(response)) ?? (await receiptOf(response, secretsOf(http)));
  } catch (error) {
    if (isRedirect(error)) return REDIRECTED;
    const isLate = limit.signal.aborted && !signal.aborted;
    const why = () => withoutSecrets(whyOf(error), secretsOf(http));
    return { ok: false, reason: isLate ? `no answer in ${http.timeout} seconds` : why() };
  } finally {
    keptAlive -= kept;
    cancel();
    signal.removeEventListener('abort', giveUp);
  }
}

/** Pieces are overwritten once the request is over, and `fetch` may read them later than that. */
function bodyOf(body: Pieces | Uint8Array<ArrayBuffer>, compression: 'gzip' | undefined) {
  if (!compression) return 'byteLength' in body ? body : joinPieces(body);
  return gzipPieces(('byteLength' in body ? [body] : body) as never);
}

async function receiptOf(response: Response, secrets: readonly string[]): Promise<Receipt> {
  const { ok, status, type } = response;
  if (ok) {
    // Otherwise the connection would stay occupied until the body is collected as garbage.
    await response.body?.cancel().catch(() => {});
    return { ok: true };
  }
  if (type === 'opaqueredirect' || (status >= 300 && status < 400)) return REDIRECTED;
  const words = await wordsOf(response, secrets);
  const asked = retryAfter(response.headers.get('retry-after'), Date.now());
  return {
    ok: false,
    reason: `the answer was ${status}${words && `: ${words}`}`,
    ...(asked !== undefined && { retryAfter: asked }),
    drop: status < 500 && !MAY_PASS.includes(status),
    divide: OF_THE_BODY.includes(status),
  };
}

/** Node says why only in the cause of its error. */
function whyOf(error: unknown): string {
  const { cause } = (error ?? {}) as { cause?: unknown };
  const { message, code } = (cause ?? {}) as { message?: unknown; code?: unknown };
  const why = message || code;
  return why ? `${textOf(error)}: ${textOf(why)}` : textOf(error);
}
