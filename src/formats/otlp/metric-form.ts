import type { Instrument, MetricFamily } from '../../model.ts';
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
  /**
   * The type that Prometheus knows, which says more: an info is a sum, and so is a state set. Absent for what does not
   * come from Prometheus.
   */
  readonly type?: string | undefined;
  readonly kind: PointKind;
  /** Whether it can only grow. */
  readonly isMonotonic: boolean;
  /** Whether its numbers are whole, and written as such. */
  readonly isInteger?: boolean | undefined;
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
 *
 * @param instrument the instrument of OpenTelemetry that has recorded it, whose own words it keeps
 */
export function metricForm(
  family: MetricFamily,
  temporality: Temporality,
  instrument?: Instrument,
): MetricForm {
  const form = formOf(family, temporality);
  if (!instrument) return form;
  const { name, unit, description, isInteger, isSum } = instrument;
  // What may fall has no deltas unless somebody asks for them in particular:
  // https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/
  const sum = isSum && ({ kind: 'sum', temporality: 'cumulative' } as const);
  return { ...form, name, unit, description, isInteger, type: undefined, ...sum };
}

function formOf(family: MetricFamily, temporality: Temporality): MetricForm {
  const { name, description, unit } = family;
  const type = prometheusType(family);
  const form = {
    name: wellFormed(name),
    description: wellFormed(description),
    unit: wellFormed(ucumUnit(unit)),
    type,
    isMonotonic: false,
  };
  switch (type) {
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
