import type { Counter } from '../../kinds/counter/recording.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import type { Outcome } from './answer.ts';
import type { RefusedPoints } from './reasons.ts';

/** What a relay tells of itself. None of it throws. */
export interface RelayMetrics {
  answered(outcome: Outcome): void;
  /** @param bytes as they have arrived */
  received(bytes: number): void;
  /** @param points how many count, or were sent on */
  took(points: number): void;
  /** @param events how many events of pages were recorded */
  recorded(events: number): void;
  refused(points: RefusedPoints): void;
}

const NOTHING: RelayMetrics = {
  answered() {},
  received() {},
  took() {},
  recorded() {},
  refused() {},
};

/**
 * Registers the metrics of a relay. Several relays with one collector share them.
 * @param takesEvents whether it records events of pages
 */
export function relayMetrics(
  collector: TelemetryCollector | undefined,
  takesEvents: boolean,
): RelayMetrics {
  if (!collector) return NOTHING;
  const counter = (name: string, description: string, ...labelNames: string[]) => {
    const known = collector.getMetric(name);
    if (known?.type === 'counter') return known as Counter<string>;
    return collector.registerCounter(name, description, { labelNames });
  };
  const requests = counter('relay_requests_total', 'Requests answered by the relay', 'outcome');
  const bytes = counter('relay_bytes_total', 'Bytes of bodies that the relay has received');
  const points = counter('relay_points_total', 'Points that were added up or sent on');
  const events = takesEvents
    ? counter('relay_events_total', 'Events of pages that were recorded')
    : undefined;
  const refused = counter(
    'relay_series_refused_total',
    'Points of series, and events, that did not count, by why they did not',
    'reason',
  );
  return {
    answered: (outcome) => quietly(() => requests.increment(1, { outcome })),
    received: (length) => quietly(() => bytes.increment(length)),
    took: (count) => quietly(() => points.increment(count)),
    recorded: (count) => quietly(() => events?.increment(count)),
    refused: (all) =>
      quietly(() => {
        for (const [reason, count] of all.counts()) refused.increment(count, { reason });
      }),
  };
}

/** A strict collector throws if the application has removed the metric, but a request must not fail because of that. */
function quietly(record: () => void): void {
  try {
    record();
  } catch {}
}
