import type { ObservedSpan } from '../client-requests.ts';
import { redactedQuery, redactedUrl } from '../http-conventions.ts';
import type { PageTracing } from './page-tracing.ts';
import { perMinute } from './per-minute.ts';
import { replaceMethod } from './replaced-method.ts';

/** So many changes have a span in a minute. Some pages write each movement into the URL. */
const MOST = 60;

/** What the Navigation API tells. Types of it are newer than those that this is compiled with. */
interface Navigation extends EventTarget {}

/**
 * Makes a span, which takes no time, of each change of the URL within the page.
 * @param within the span that it belongs to
 * @returns ends it
 */
export function traceRoutes(
  tracing: PageTracing,
  within: () => ObservedSpan | undefined,
): () => void {
  const isAllowed = perMinute(MOST);
  let before = shownUrl();
  const changed = (type: string | null | undefined) => {
    const url = shownUrl();
    if (url === before) return;
    const attributes = {
      'url.full': url,
      'navigation.from': before,
      'navigation.type': type ?? undefined,
    };
    before = url;
    if (!isAllowed()) return;
    const now = performance.now();
    tracing.page('routeChange', attributes, now, within())?.end(now);
  };
  const { navigation } = globalThis as { navigation?: Navigation };
  return navigation ? watchNavigation(navigation, changed) : watchHistory(changed);
}

/** https://html.spec.whatwg.org/multipage/nav-history-apis.html#navigation-interface */
function watchNavigation(navigation: Navigation, changed: (type?: string | null) => void) {
  const listener = (event: Event) =>
    changed((event as { navigationType?: string | null }).navigationType);
  navigation.addEventListener('currententrychange', listener);
  return () => navigation.removeEventListener('currententrychange', listener);
}

/** For browsers without it. */
function watchHistory(changed: (type: string) => void): () => void {
  const traversed = () => changed('traverse');
  addEventListener('popstate', traversed);
  const undo = (['push', 'replace'] as const).map((type) =>
    replaceMethod(History.prototype, `${type}State`, (original, caller, args) => {
      const returned: unknown = Reflect.apply(original, caller, args);
      changed(type);
      return returned;
    }),
  );
  return () => {
    removeEventListener('popstate', traversed);
    for (const one of undo) one();
  };
}

/** The fragment does not lead to another route, except that of pages that keep the route there: `#/orders` or `#!orders`. */
function shownUrl(): string {
  const { href, hash } = location;
  return redactedUrl(new URL(href)) + (/^#[/!]/.test(hash) ? redactedQuery(hash) : '');
}
