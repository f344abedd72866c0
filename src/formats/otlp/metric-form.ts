import type { MetricFamily } from '../../model.ts';
import { wellFormed } from '../../platform/realm.ts';
import type { Temporality } from '../format.ts';
import { ucumUnit } from './units.ts';

/** The kinds of points that a metric may have, as the fields of the message `Metric` are called in JSON. */
export type PointKind = 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary';

/** What a family becomes, apart from its points. */
export interface MetricForm {
  readonly name: string;
  readonly description: string;
  /** The unit, as UCUM has it. */
  readonly unit: string;
  /** The type that Prometheus knows, which says more: an info is a sum, and so is a state set. */
  readonly type: string;
  readonly kind: PointKind;
  /** Whether it can only grow. */
  readonly isMonotonic: boolean;
  /** What its points say; absent where that makes no difference. */
  readonly temporality?: Temporality | undefined;
}

/**
 * Returns what a family becomes:
 * https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#prometheus-metric-points-to-otlp
 *
 * The name stays, with its `_total` and its unit: that is what the specification says, and receivers that
 * add such suffixes for Prometheus leave alone a name which has them. A histogram that has native buckets and
 * others is sent with the native ones only, since a metric has one kind of points.
 */
export function metricForm(family: MetricFamily, temporality: Temporality): MetricForm {
  const { name, description, unit } = family;
  const form = {
    name: wellFormed(name),
    description: wellFormed(description),
    unit: wellFormed(ucumUnit(unit)),
    type: prometheusType(family),
    isMonotonic: false,
  };
  switch (form.type) {
    case 'histogram':
      return { ...form, kind: family.natives ? 'exponentialHistogram' : 'histogram', temporality };
    case 'summary':
      return { ...form, kind: 'summary' };
    case 'counter':
      return { ...form, kind: 'sum', isMonotonic: true, temporality };
    case 'info':
    case 'stateset':
      // Ones are to be added up. They neither grow nor have deltas, whatever was asked for:
      // https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/
      return { ...form, kind: 'sum', temporality: 'cumulative' };
    default:
      return { ...form, kind: 'gauge' };
  }
}

/** Features may add families whose type says something else than their data. */
function prometheusType({ data, type }: MetricFamily): string {
  if (data === 'buckets') return 'histogram';
  if (data === 'quantiles') return 'summary';
  if (data === 'states') return 'stateset';
  return type === 'counter' || type === 'gauge' || type === 'info' ? type : 'unknown';
}
