import { setupRuntimeHooks, TelemetryCollector } from 'utilityfog-telemetry';

/**
 * One for the process, and not one for every copy of this module: Next makes one for pages and
 * another for route handlers.
 */
const KEY = Symbol.for('example.telemetry');
globalThis[KEY] ??= new TelemetryCollector({ labels: { service: 'shop' }, onDuplicate: 'reuse' });

export const collector = globalThis[KEY];
export const views = collector.registerCounter('page_views_total', 'Pages rendered', {
  labelNames: ['page'],
});
setupRuntimeHooks(collector);
