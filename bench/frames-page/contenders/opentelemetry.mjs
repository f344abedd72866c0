/**
 * The OpenTelemetry metrics SDK with its own periodic reader. It has no bound handles; the attributes
 * are made once. The exporter takes what it gets and serialises nothing.
 */
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { heldOf } from '../../harness/check.mjs';
import { MANY } from '../../inputs.mjs';
import { DISTANCE, DISTANCE_BUCKETS, POSITION } from './list.mjs';

const SUCCESS = { code: 0 };

class Exporter {
  exports = 0;

  export(metrics, done) {
    if (metrics.scopeMetrics.length > 0) this.exports++;
    done(SUCCESS);
  }

  selectAggregationTemporality = () => AggregationTemporality.CUMULATIVE;

  async forceFlush() {}
  async shutdown() {}
}

/** @param {import('@opentelemetry/sdk-metrics').CollectionResult} collected */
function count({ resourceMetrics, errors }, name) {
  if (errors.length > 0) throw errors[0];
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  const points = metrics.find((metric) => metric.descriptor.name === name)?.dataPoints ?? [];
  return heldOf(points.map(({ value }) => (typeof value === 'number' ? value : value.count)));
}

/** @type {import('./list.mjs').Open} */
export function open({ methods, routes }, groups) {
  const exporter = new Exporter();
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: 1000,
    exportTimeoutMillis: 1000,
    cardinalityLimits: { default: 250_000 },
  });
  const meter = new MeterProvider({ readers: [reader] }).getMeter('bench');
  const counter = meter.createCounter(MANY);
  const gauge = meter.createGauge(POSITION);
  const histogram = meter.createHistogram(DISTANCE, {
    advice: { explicitBucketBoundaries: DISTANCE_BUCKETS },
  });
  const many = methods.map((method, i) => ({ method, route: routes[i] }));
  for (const attributes of many) counter.add(1, attributes);
  const groupAttributes = groups.map((group) => ({ group }));
  return {
    record(index, group, value) {
      const attributes = groupAttributes[group];
      counter.add(1, many[index]);
      gauge.record(value, attributes);
      histogram.record(value, attributes);
    },
    // The reader's clock has been running since the provider was given it.
    start() {},
    stop: () => exporter.exports,
    async read() {
      const collected = await reader.collect();
      return {
        many: count(collected, MANY),
        positions: count(collected, POSITION),
        distances: count(collected, DISTANCE),
      };
    },
  };
}
