import { type MetricFamily, MetricType, type SeriesLabels } from '../model.ts';

/**
 * Returns a family of series that have a number each, all with the same names of labels. Those of ours whose name ends
 * in `_total` are counters, and all others are gauges.
 */
export function numberFamily(
  name: string,
  description: string,
  series: readonly SeriesLabels[],
  values: Float64Array,
): MetricFamily {
  const isCounter = name.startsWith('telemetry_') && name.endsWith('_total');
  return {
    ...{ name, description, unit: '', labels: {}, data: 'number', series, values },
    type: isCounter ? MetricType.Counter : MetricType.Gauge,
    labelNames: series[0]?.labelNames ?? [],
  };
}
