/** How requests by which telemetry itself is sent are told from those of the application. Imports nothing. */

/** Copies of the package, and whatever has wrapped `fetch` and hands options on, keep this. */
const OWN = /* @__PURE__ */ Symbol.for('utilityfog-telemetry.own-request');

/** For the options of `fetch`: what observes requests leaves this one alone. */
export const ownRequest = { [OWN]: true } as const;

/** Whether these are the options of a request by which telemetry is sent. */
export function isOwnRequest(options: unknown): boolean {
  return (options as { [OWN]?: unknown } | null | undefined)?.[OWN] === true;
}
