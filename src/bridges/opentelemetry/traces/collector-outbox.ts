import { TRACES_FEATURE, tracesFeature } from '../../../features/traces/feature.ts';
import type { TracesOptions } from '../../../features/traces/options.ts';
import type { TelemetryCollector } from '../../../telemetry-collector.ts';
import { SpanOutbox } from './span-outbox.ts';

/** The outbox of each collector. All of its providers share it. */
const outboxes = new WeakMap<TelemetryCollector, SpanOutbox>();

/** Returns where the spans of a collector wait, and makes the collector take them. */
export function outboxOf(collector: TelemetryCollector, options: TracesOptions): SpanOutbox {
  const known = outboxes.get(collector);
  const isSettled = known || collector.hasJoined || collector.uses(TRACES_FEATURE);
  if (isSettled && (options.exporter || options.tail)) {
    collector.fail('traces', 'exporter and tail count only where traces are switched on first');
  }
  if (known) return known;
  let isOpening = false;
  const outbox: SpanOutbox = new SpanOutbox({
    give: (batch) => collector.give(TRACES_FEATURE, batch),
    open() {
      if (isOpening) return;
      isOpening = true;
      // Once it is there, the collector asks for what waits.
      void collector
        .call((connection) => connection.service(), undefined)
        .finally(() => {
          isOpening = false;
        });
    },
    after: (seconds, run) => after(seconds, run),
  });
  const after = collector.extend(tracesFeature(options), outbox);
  outboxes.set(collector, outbox);
  return outbox;
}
