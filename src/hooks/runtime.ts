import { instrumentRuntime } from '#runtime';
import { outsideZones } from '../realm.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { once } from './system-hooks.ts';

/**
 * Registers what the runtime can tell of itself: in Node, Deno and Bun the `process_*` and
 * `nodejs_*` metrics that existing Grafana dashboards expect, as far as there are any; in browsers
 * frame durations, long tasks, page load and memory where offered. A second call does nothing.
 *
 * @returns in browsers, where they are loaded first, a promise of the metrics being registered
 */
export function setupRuntimeHooks(collector: TelemetryCollector): Promise<void> | void {
  return once(collector, 'runtime', () => outsideZones(() => instrumentRuntime(collector)));
}
