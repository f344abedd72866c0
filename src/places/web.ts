/** The place for browsers: pages, frames and their workers. */

import type { RecorderRuntime } from '../links/recorder-runtime.ts';
import { after } from '../platform/timers.ts';

export const runtime: RecorderRuntime = {
  // WebKitGTK is isolated and still has no SharedArrayBuffer; some embedders have it but refuse to post it.
  // So both are required.
  sharedMemory: typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated === true,
  after,
  // A page loads what leads to the collector only when it needs the collector.
  connection: async () => (await import('./web-links.ts')).webConnection,
};
