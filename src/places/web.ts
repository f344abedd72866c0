/** Browsers: pages, frames and their workers. */

import type { Runtime } from '../links/runtime.ts';
import { after } from '../platform/timers.ts';

export const runtime: Runtime = {
  // WebKitGTK is isolated and still has no SharedArrayBuffer; some embedders have it but refuse
  // to post it. Both must hold.
  sharedMemory: typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated === true,
  after,
  // A page that has yet to ask for the collector has yet to load what leads there.
  connection: async () => (await import('./web-links.ts')).webConnection,
};
