import { isOwnRequest } from '../../platform/own-request.ts';
import type { PageRequest, PageRequests } from './page-requests.ts';
import { replaceMethod } from './replaced-method.ts';

type FetchArguments = Parameters<typeof fetch>;

/** Observes `fetch`. What it returns, throws and rejects with is what the original gives. */
export function observeFetch(requests: PageRequests): () => void {
  return replaceMethod(globalThis, 'fetch', (original, caller, args: FetchArguments) => {
    const send = (given: FetchArguments) =>
      Reflect.apply(original, caller, given) as Promise<Response>;
    const observed = begin(requests, args);
    if (!observed) return send(args);
    const { request, given } = observed;
    let answer: Promise<Response>;
    try {
      answer = request.run(() => send(given));
    } catch (error) {
      request.end({ error }); // a browser never throws, but somebody else may have replaced `fetch`
      throw error;
    }
    if (typeof answer?.then !== 'function') {
      request.end({});
      return answer;
    }
    // The application gets the promise that follows: one that nobody handles is still reported, and only then.
    return answer.then(
      (response) => {
        request.end({ status: response?.status || undefined });
        return response;
      },
      (error: unknown) => {
        request.end({ error: error ?? 'rejected' });
        throw error;
      },
    );
  });
}

/** Returns what observes the call, and the arguments to go on with. `undefined` if it is not to be observed. */
function begin(
  requests: PageRequests,
  args: FetchArguments,
): { request: PageRequest; given: FetchArguments } | undefined {
  try {
    const [input, init] = args;
    if ((args as unknown[]).length === 0 || isOwnRequest(init)) return undefined;
    // An object of the application is asked for its text only once. This throws where the browser would.
    const target = isRequest(input) || isUrl(input) ? input : `${input}`;
    const [url, own] = isRequest(target) ? [target.url, target.method] : [`${target}`, 'GET'];
    const method = init?.method ?? own;
    const headers = init?.headers ?? (isRequest(target) ? target.headers : {});
    const request = requests.begin(String(method), url, 'fetch', isTraced(headers));
    if (!request) return undefined;
    const rest = args.slice(1) as [RequestInit?];
    return { request, given: withHeaders(request, target, init) ?? [target, ...rest] };
  } catch {
    return undefined; // the browser says what is wrong
  }
}

/** Returns the arguments with the headers of the trace; `undefined` if they stay as they are. Never throws. */
function withHeaders(
  request: PageRequest,
  target: Request | URL | string,
  init: RequestInit | undefined | null,
): FetchArguments | undefined {
  try {
    const from = isRequest(target) ? target : undefined;
    const given = init ?? {};
    // Without CORS a browser drops such headers. Of an object that is not plain nobody knows what it consists of.
    const mode = given.mode ?? from?.mode;
    if (mode === 'no-cors' || mode === 'navigate' || !isPlain(given)) return undefined;
    if (isReadOnce(given.headers)) return undefined;
    let headers: Headers | undefined;
    request.inject((name, value) => {
      headers ??= new Headers(given.headers ?? from?.headers);
      if (!headers.has(name)) headers.set(name, value);
    });
    if (!headers) return undefined;
    // Options make a browser forget the referrer of a request.
    const isAlone = from && Object.keys(given).length === 0;
    const kept = isAlone && { referrer: from.referrer, referrerPolicy: from.referrerPolicy };
    // It inherits what a copy would lack: what is not enumerable, and what a proxy makes up.
    const own = Object.getOwnPropertyDescriptors({ ...kept, ...given, headers });
    return [target, Object.create(given, own) as RequestInit];
  } catch {
    return undefined;
  }
}

/** Whether it is an iterator, which has nothing left when a browser asks for it again. */
function isReadOnce(headers: unknown): boolean {
  return typeof (headers as { next?: unknown } | null | undefined)?.next === 'function';
}

/** Whether there is `traceparent` among the headers. What can be read only once is left alone. */
function isTraced(headers: HeadersInit): boolean {
  if (headers instanceof Headers) return headers.has('traceparent');
  const names = Array.isArray(headers) ? headers.map(([name]) => name) : Object.keys(headers);
  return names.some((name) => /^traceparent$/i.test(String(name)));
}

const tagOf = (value: unknown): string => Object.prototype.toString.call(value);

/** Also if it comes from another frame, whose class is another one. */
const isRequest = (input: unknown): input is Request => tagOf(input) === '[object Request]';

/** Somebody who has replaced `fetch` may take it for what it is. */
const isUrl = (input: unknown): input is URL => tagOf(input) === '[object URL]';

/** Also in another frame. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
