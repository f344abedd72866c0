/** How `fetch` sends a request that must not be redirected. */

/**
 * Returns the options of `fetch` for a request that is not sent again.
 *
 * NODE: `fetch` copies a body while it sends it, in case it has to send it again. It does not if redirects are errors
 * and there is no window that could ask somebody for a password. For a large body the copy takes longer than all the
 * rest.
 */
export function sentOnce(): Pick<RequestInit, 'redirect' | 'window'> {
  // Elsewhere the error of a redirect does not say that it is one.
  return isNode() ? { redirect: 'error', window: null } : { redirect: 'manual' };
}

/** Whether a request that was to be sent once has failed since it was redirected. */
export function isRedirect(error: unknown): boolean {
  const { cause } = (error ?? {}) as { cause?: { message?: unknown } | undefined };
  return cause?.message === 'unexpected redirect';
}

/** Whether `fetch` is that of Node. Others do not name its library, or do as if they were Node, but refuse the option. */
function isNode(): boolean {
  try {
    if (typeof globalThis.process?.versions?.undici !== 'string') return false;
    // workerd throws here.
    return new Request('http://localhost', { redirect: 'error' }).redirect === 'error';
  } catch {
    return false; // In Next.js, edge functions have a `process` that throws when it is asked for more.
  }
}
