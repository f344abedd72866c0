import type { Combine, MetricType } from '../../model.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';

/** What must be known of a metric to show it. A `MetricFamily` of a snapshot says enough. */
export interface DashboardFamily {
  /** The name, as it was registered. */
  readonly name: string;
  /** One of `MetricType`. A metric of any other type is shown as its values are. */
  readonly type: MetricType | (string & {});
  /** What is measured: panels show it. */
  readonly description?: string | undefined;
  /** The unit of the values, e.g. `seconds`. If it is absent, the end of the name may say it. */
  readonly unit?: string | undefined;
  /**
   * The names of its labels.
   * @defaultValue none
   */
  readonly labelNames?: readonly string[] | undefined;
  /**
   * How the values of a gauge become one value, from several instances, too.
   * @defaultValue `sum`
   */
  readonly combine?: Combine | undefined;
  /** The upper bounds of the classic buckets of a histogram. An empty list means that there are none. */
  readonly buckets?: readonly number[] | undefined;
  /** Whether a histogram has native buckets. Unless given, it has if `buckets` is empty. */
  readonly native?: boolean | undefined;
}

/** What only some kinds know of their metrics. */
interface Shape {
  readonly combine?: Combine;
  readonly buckets?: readonly number[];
  readonly native?: object;
}

/** Returns the metrics that this thread has registered, in that order. */
export function registeredFamilies(collector: TelemetryCollector): DashboardFamily[] {
  return [...collector.getAllMetrics().values()].map(({ definition }) => {
    const { name, type, description, unit, labelNames } = definition;
    const { combine, buckets, native } = definition.shape as Shape;
    return { name, type, description, unit, labelNames, combine, buckets, native: !!native };
  });
}
