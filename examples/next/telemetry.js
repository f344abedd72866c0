import { getCollector, setupRuntimeHooks } from 'utilityfog-telemetry';

/**
 * There is one collector for the process, not one for every copy of this module: Next makes one copy for
 * pages and another for route handlers.
 */
export const collector = getCollector('shop', { labels: { service: 'shop' } });
export const views = collector.registerCounter('page_views_total', 'Pages rendered', {
  labelNames: ['page'],
});
setupRuntimeHooks(collector);
