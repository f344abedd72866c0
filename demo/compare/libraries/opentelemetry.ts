/** The SDK of OpenTelemetry with its own periodic reader, and an exporter that writes OTLP in JSON and sends nothing. */
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import {
  AggregationTemporality,
  type CollectionResult,
  type Histogram,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { Open, Totals } from '../telemetry.ts';
import { DISTANCE, DISTANCE_BUCKETS, groups, labelsOf, POSITION, STEPS } from '../workload.ts';

const INTERVAL = 1000;
const SUCCESS = { code: 0 };

/** Takes the time from the beginning of a collection to the end of its export. Between them there is no other task. */
class TimedReader extends PeriodicExportingMetricReader {
  began = 0;

  override collect(): Promise<CollectionResult> {
    this.began = performance.now();
    return super.collect();
  }
}

export const open: Open = async (series) => {
  let spent = 0;
  const exporter: PushMetricExporter = {
    export(metrics, done) {
      JsonMetricsSerializer.serializeRequest(metrics);
      spent += performance.now() - reader.began;
      done(SUCCESS);
    },
    selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const reader = new TimedReader({
    exporter,
    exportIntervalMillis: INTERVAL,
    exportTimeoutMillis: INTERVAL,
    cardinalityLimits: { default: 2 * series },
  });
  const provider = new MeterProvider({ readers: [reader] });
  const meter = provider.getMeter('compare');
  const counter = meter.createCounter(STEPS);
  const gauge = meter.createGauge(POSITION);
  const histogram = meter.createHistogram(DISTANCE, {
    advice: { explicitBucketBoundaries: DISTANCE_BUCKETS },
  });
  // It has no bound series; the attributes are made once.
  const foglets = Array.from({ length: series }, (_, foglet) => labelsOf(foglet));
  // The others have their series before they begin, too.
  for (const attributes of foglets) counter.add(0, attributes);
  const attributes = groups.map((group) => ({ group }));
  return {
    record(foglet, group, position) {
      counter.add(1, foglets[foglet]);
      gauge.record(position, attributes[group]);
      histogram.record(position, attributes[group]);
    },
    spent: () => spent,
    // The reader's clock has been running since the provider was given it.
    start: async () => {},
    async stop() {
      const { resourceMetrics } = await reader.collect();
      await provider.shutdown();
      return totalsOf(resourceMetrics);
    },
  };
};

function totalsOf({ scopeMetrics }: ResourceMetrics): Totals {
  const metrics = scopeMetrics.flatMap((scope) => scope.metrics);
  const sum = (name: string, of: (value: never) => number) => {
    const points = metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
    return points.reduce((total, { value }) => total + of(value as never), 0);
  };
  return {
    steps: sum(STEPS, (value: number) => value),
    positions: sum(POSITION, (value: number) => value),
    observations: sum(DISTANCE, ({ count }: Histogram) => count),
    distances: sum(DISTANCE, (value: Histogram) => value.sum ?? 0),
  };
}
