/** How requests by which telemetry itself is sent are told from those of the application. */
import { nodeBuiltin } from './node-builtin.ts';

/** Copies of the package, and whatever has wrapped `fetch` and hands options on, keep this. */
const OWN = /* @__PURE__ */ Symbol.for('utilityfog-telemetry.own-request');

/** For the options of `fetch`: what observes requests leaves this one alone. */
export const ownRequest = { [OWN]: true } as const;

/** Whether these are the options of a request by which telemetry is sent. */
export function isOwnRequest(options: unknown): boolean {
  return (options as { [OWN]?: unknown } | null | undefined)?.[OWN] === true;
}

/** Knows whether what runs has begun within `sendOwn()`, also behind each `await`. */
interface Within {
  run<T>(isOwn: boolean, send: () => T): T;
  getStore(): boolean | undefined;
}
const shared = globalThis as { [OWN]?: Within | undefined };

/** Sends a request of telemetry itself, so that `isSendingOwn()` is true while the runtime makes it. */
export function sendOwn<T>(send: () => T): T {
  // Nobody asks unless `followOwnRequests()` was called.
  return shared[OWN] ? shared[OWN].run(true, send) : send();
}

/** Makes `isSendingOwn()` work, for what hears of requests from the runtime, which does not tell their options. */
export function followOwnRequests(): void {
  const { AsyncLocalStorage } = nodeBuiltin('node:async_hooks') ?? {};
  if (AsyncLocalStorage) shared[OWN] ??= new AsyncLocalStorage<boolean>();
}

export function isSendingOwn(): boolean {
  return shared[OWN]?.getStore() === true;
}
