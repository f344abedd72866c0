import type { TelemetryCollector } from '../telemetry-collector.ts';
import { fieldsOf, HOLDS, ifGiven, once } from './event-hook-fields.ts';

/**
 * Registers the messaging metrics and feeds them from events named `message_sent`, with
 * `queue_size`, and `message_received`, with `queue_size` and `duration_seconds`, all optional.
 * A second call does nothing.
 * @example
 * ```ts
 * import { setupMessagingHooks, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * setupMessagingHooks(collector);
 * collector.recordEvent('message_sent', { queue_size: 2 });
 * console.log(collector.getMetric('message_queue_size')?.type);
 * // -> gauge
 * await collector.shutdown();
 * ```
 */
export function setupMessagingHooks(collector: TelemetryCollector): void {
  once(collector, 'messaging', () => {
    const sent = collector.registerCounter('messages_sent_total', 'Total messages sent');
    const received = collector.registerCounter(
      'messages_received_total',
      'Total messages received',
    );
    const queue = collector.registerGauge(
      'message_queue_size',
      'Current message queue size',
      HOLDS,
    );
    const duration = collector.registerHistogram(
      'message_processing_duration_seconds',
      'Message processing duration',
      { unit: 'seconds' },
    );
    collector.addHook('message_sent', (event) => {
      sent.increment();
      ifGiven(fieldsOf(event).queue_size, (size) => queue.set(size));
    });
    collector.addHook('message_received', (event) => {
      received.increment();
      const { queue_size, duration_seconds } = fieldsOf(event);
      ifGiven(queue_size, (size) => queue.set(size));
      ifGiven(duration_seconds, (seconds) => duration.observe(seconds));
    });
  });
}
