import { instrumentRuntime } from '#runtime';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { once } from './system-hooks.ts';

/**
 * Registers what the runtime can tell of itself: in Node, Deno and Bun the `process_*` and
 * `nodejs_*` metrics that existing Grafana dashboards expect, as far as there are any; in browsers
 * frame durations, long tasks, page load and memory where offered. A second call does nothing.
 */
export function setupRuntimeHooks(collector: TelemetryCollector): void {
  once(collector, 'runtime', () => instrumentRuntime(collector));
}
