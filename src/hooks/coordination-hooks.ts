import type { TelemetryCollector } from '../telemetry-collector.ts';
import { fieldsOf, HOLDS, ifGiven, once } from './event-hook-fields.ts';

/**
 * Registers the coordination metrics and feeds them from events named `coordination_message`,
 * with `latency_seconds` and `active_nodes`, both optional. A second call does nothing.
 * @example
 * ```ts
 * import { setupCoordinationHooks, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * setupCoordinationHooks(collector);
 * collector.recordEvent('coordination_message', { latency_seconds: 0.02, active_nodes: 4 });
 * console.log(collector.getMetric('coordination_active_nodes')?.getValue());
 * await collector.shutdown();
 * // -> …
 * ```
 */
export function setupCoordinationHooks(collector: TelemetryCollector): void {
  once(collector, 'coordination', () => {
    const messages = collector.registerCounter(
      'coordination_messages_total',
      'Total coordination messages',
    );
    const nodes = collector.registerGauge(
      'coordination_active_nodes',
      'Number of active coordination nodes',
      HOLDS,
    );
    const latency = collector.registerHistogram(
      'coordination_message_latency_seconds',
      'Coordination message latency',
      { unit: 'seconds' },
    );
    collector.addHook('coordination_message', (event) => {
      messages.increment();
      const { latency_seconds, active_nodes } = fieldsOf(event);
      ifGiven(latency_seconds, (seconds) => latency.observe(seconds));
      ifGiven(active_nodes, (count) => nodes.set(count));
    });
  });
}
