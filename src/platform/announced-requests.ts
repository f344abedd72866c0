/** What a runtime says on its diagnostics channels of the requests that a program answers and makes. */

/**
 * Whether it says on `http.client.request.created` that a request of `node:http` was made, while that still takes headers:
 * Node does from 22.12 on, and so do Deno and Bun.
 */
export function announcesRequests(): boolean {
  const [major = 0, minor = 0] = versions().node?.split('.').map(Number) ?? [];
  return major > 22 || (major === 22 && minor >= 12);
}

/** Whether it says on `http.server.request.start` that a server of `node:http` has a request. Bun does not. */
export function announcesAnswers(): boolean {
  return !('Bun' in globalThis);
}

/** Whether its `fetch` is undici's, which has channels. Those of Deno and Bun have none. */
export function announcesFetch(): boolean {
  return versions().undici !== undefined;
}

function versions(): Readonly<Record<string, string | undefined>> {
  return (globalThis.process as typeof process | undefined)?.versions ?? {};
}
