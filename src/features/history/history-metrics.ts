import type { MetricFamily } from '../../model.ts';
import type { DropReason, Store } from './store.ts';

const NO_LABELS = [{ labelNames: [], labelValues: [] }];
const REASONS: readonly DropReason[] = ['full', 'clock', 'order'];
/** The lists are the same ones each time, as those of other families are. */
const BY_REASON = REASONS.map((reason) => ({ labelNames: ['reason'], labelValues: [reason] }));

/** Returns the metrics of a history. */
export function historyMetrics(store: Store): readonly MetricFamily[] {
  const { bytes, index, taken, dropped } = store;
  return [
    family('gauge', 'telemetry_history_bytes', 'Memory that the history takes, in bytes.', bytes),
    family(
      'gauge',
      'telemetry_history_series',
      'Series of which the history has samples.',
      index.size,
    ),
    family(
      'counter',
      'telemetry_history_samples_total',
      'Samples that the history has taken.',
      taken,
    ),
    {
      ...family(
        'counter',
        'telemetry_history_dropped_samples_total',
        'Samples that the history has dropped before their time, by reason.',
      ),
      labelNames: ['reason'],
      series: BY_REASON,
      values: Float64Array.from(REASONS, (reason) => dropped[reason]),
    },
  ];
}

function family(type: string, name: string, description: string, value = 0): MetricFamily {
  return {
    ...{ type, name, description, unit: '', labelNames: [], labels: {} },
    ...{ data: 'number', series: NO_LABELS, values: Float64Array.of(value) },
  };
}
