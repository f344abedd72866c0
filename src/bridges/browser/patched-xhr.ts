import { outsideZones } from '../../platform/realm.ts';
import { quietly } from '../shared-metric.ts';
import type { PageRequest, PageRequests } from './page-requests.ts';
import { replaceMethod } from './replaced-method.ts';

/** What is known of an XMLHttpRequest since it was opened. */
interface Opened {
  readonly method: string;
  readonly url: string;
  /** The names of the headers that the application has set, in small letters. */
  readonly headers: Set<string>;
  request: PageRequest | undefined;
}

/** The events that end a request without an answer, each with the error that `fetch` would have. */
const FAILURES: Readonly<Record<string, string>> = {
  error: 'NetworkError',
  abort: 'AbortError',
  timeout: 'TimeoutError',
};

const failure = (name: string): Error => Object.assign(new Error(name), { name });

/**
 * Observes XMLHttpRequest.
 * @param untraced calls what is given so that no other instrumentation traces it
 */
export function observeXhr(
  requests: PageRequests,
  untraced: <T>(run: () => T) => T = (run) => run(),
): () => void {
  // A page may have removed it.
  const { prototype } = (globalThis.XMLHttpRequest ?? {}) as Partial<typeof XMLHttpRequest>;
  if (!prototype) return () => {};
  const known = new WeakMap<XMLHttpRequest, Opened>();
  const { setRequestHeader } = prototype;

  /** Records the answer, if there is one. */
  const answered = (xhr: XMLHttpRequest) => {
    if (xhr.readyState === 4 && xhr.status > 0)
      known.get(xhr)?.request?.end({ status: xhr.status });
  };
  const listener = ({ type, currentTarget }: Event) => {
    const xhr = currentTarget as XMLHttpRequest;
    // A listener before this one may have begun the next request with the same object.
    if (xhr.readyState !== 4) return;
    answered(xhr);
    const name = FAILURES[type];
    const { request } = known.get(xhr) ?? {};
    if (name) request?.end({ error: failure(name) });
    else if (type === 'load') request?.end({});
  };
  const listenTo = (xhr: XMLHttpRequest) => {
    // It is added before those of the application, whose time does not belong to the request.
    for (const type of ['readystatechange', 'load', ...Object.keys(FAILURES)]) {
      xhr.addEventListener(type, listener);
    }
  };

  const undo = [
    replaceMethod(prototype, 'open', (original, xhr: XMLHttpRequest, args: never[]) => {
      const before = known.get(xhr);
      if (!before) quietly(() => outsideZones(() => listenTo(xhr)));
      // A listener of the application that comes before ours may open it again once the answer is there.
      answered(xhr);
      untraced(() => Reflect.apply(original, xhr, args));
      // A browser drops a request that is under way then, and tells nobody.
      before?.request?.end({ error: failure('AbortError') });
      quietly(() => {
        const [method, url] = args.slice(0, 2).map(String) as [string, string];
        known.set(xhr, { method, url, headers: new Set(), request: undefined });
      });
    }),
    replaceMethod(
      prototype,
      'setRequestHeader',
      (original, xhr: XMLHttpRequest, args: [string]) => {
        const opened = known.get(xhr);
        quietly(() => opened?.headers.add(args[0].toLowerCase()));
        return Reflect.apply(original, xhr, args);
      },
    ),
    replaceMethod(prototype, 'send', (original, xhr: XMLHttpRequest, args: never[]) => {
      const opened = known.get(xhr);
      // Otherwise the browser refuses the call.
      const isReady = opened && xhr.readyState === 1 && !opened.request;
      const isTraced = opened?.headers.has('traceparent') ?? false;
      const request = isReady
        ? requests.begin(opened.method, opened.url, 'xmlhttprequest', isTraced)
        : undefined;
      if (!request) return Reflect.apply(original, xhr, args);
      opened!.request = request;
      quietly(() => {
        // A header that is set twice would have both values.
        const { headers } = opened!;
        request.inject((name, value) => {
          if (!headers.has(name)) setRequestHeader.call(xhr, name, value);
        });
      });
      try {
        return Reflect.apply(original, xhr, args);
      } catch (error) {
        request.end({ error });
        throw error;
      } finally {
        answered(xhr); // one that is not asynchronous has ended
      }
    }),
  ];
  return () => {
    for (const one of undo) one();
  };
}
