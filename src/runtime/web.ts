/** Browsers: pages, frames and their workers. */

import type { RuntimeGroup } from '../model.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { after } from '../timers.ts';
import type { Runtime } from './runtime.ts';

/** Loaded on demand: few pages want it, and it can wait. */
export async function instrumentRuntime(
  collector: TelemetryCollector,
  group: RuntimeGroup,
  prefix: string,
): Promise<void> {
  const { instrumentBrowser } = await import('./browser-metrics.ts');
  instrumentBrowser(collector, group, prefix);
}

export const runtime: Runtime = {
  // WebKitGTK is isolated and still has no SharedArrayBuffer; some embedders have it but refuse
  // to post it. Both must hold.
  sharedMemory: typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated === true,
  after,
  // A page that has yet to ask for the collector has yet to load what leads there.
  connection: async () => (await import('./web-links.ts')).webConnection,
};
