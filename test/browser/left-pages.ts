/** Pages that are left, and what is there of them afterwards. */
import { vi } from 'vitest';

/** How many pages are tried at most. */
export const TRIES = 20;
/** For how many milliseconds each is waited for. */
const PATIENCE = 3000;

/**
 * Leaves pages until all has arrived that one has sent. On a busy machine the browser may end a page's worker before that
 * has sent, so several pages are tried.
 * @param leave opens a page and leaves it; resolves to what returns something once all of that page has arrived
 * @returns that
 */
export async function sentByLeft<T>(leave: () => Promise<() => T | Promise<T>>) {
  for (let tries = 0; tries < TRIES; tries++) {
    const arrived = await vi.waitUntil(await leave(), { timeout: PATIENCE }).catch(() => undefined);
    if (arrived) return arrived;
  }
  throw new Error(`the last values of ${TRIES} pages have not arrived`);
}
