import { isSendingOwn } from '../platform/own-request.ts';
import type { PageRequest } from './browser/page-requests.ts';
import { observeFetch } from './browser/patched-fetch.ts';
import type { ClientRequests } from './client-requests.ts';

/**
 * Observes `fetch` where no channel tells of its requests: in Deno and Bun. An observation ends with the head of the
 * response, since nobody can follow a body without putting another response in its place.
 * @param counted observes without spans, for requests that have the header `traceparent` already
 * @returns ends that
 */
export function observeFetchCalls(
  observe: ClientRequests,
  counted: ClientRequests,
  isIgnored: (method: string, url: string) => boolean,
): () => void {
  return observeFetch({
    begin(method, given, _, isTraced): PageRequest | undefined {
      if (isSendingOwn() || !URL.canParse(given)) return undefined;
      const url = new URL(given);
      // `data:` and the like do not leave the process.
      if (!/^https?:$/.test(url.protocol) || isIgnored(method, url.href)) return undefined;
      const observed = (isTraced ? counted : observe)(method, url);
      let isOpen = true;
      return {
        inject: observed.inject,
        run: observed.run,
        end(outcome) {
          if (!isOpen) return;
          isOpen = false;
          observed.settle(outcome);
          observed.close();
        },
      };
    },
    stop() {},
  });
}
