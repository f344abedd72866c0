/**
 * The OpenTelemetry metrics SDK, with a reader attached: without one it stores nothing. It has no
 * bound handles, and no text of its own: a scrape here is `collect()`, which serialises nothing.
 */
import { AggregationType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { heldOf } from '../harness/check.mjs';
import { LATENCIES, MANY } from '../inputs.mjs';
import { instrumentWorks } from './instrument-works.mjs';
import { recordMixed } from './mixed/opentelemetry.mjs';
import { MIXED_FAMILIES, mixedWork, sumHeld } from './mixed/turns.mjs';

const NATIVE = 'observe_native';

class ReaderOnDemand extends MetricReader {
  async onShutdown() {}
  async onForceFlush() {}
}

/** @returns {import('./list.mjs').Contender} */
export function open() {
  // The default limit of 2000 attribute sets would make one series of most of them.
  const reader = new ReaderOnDemand({ cardinalitySelector: () => 250_000 });
  // The same limit of buckets as ours.
  const exponential = {
    instrumentName: NATIVE,
    aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 160 } },
  };
  const provider = new MeterProvider({ readers: [reader], views: [exponential] });
  const meter = provider.getMeter('bench');

  /** @param {import('@opentelemetry/sdk-metrics').CollectionResult} collected */
  function count({ resourceMetrics, errors }, name) {
    if (errors.length > 0) throw errors[0];
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const points = metrics.find((metric) => metric.descriptor.name === name)?.dataPoints ?? [];
    return heldOf(points.map(({ value }) => (typeof value === 'number' ? value : value.count)));
  }

  const read = async (name) => count(await reader.collect(), name);

  function observeNative() {
    const histogram = meter.createHistogram(NATIVE);
    return {
      run(n) {
        for (let i = 0; i < n; i++) histogram.record(LATENCIES[i & 1023]);
      },
      read: () => read(NATIVE),
    };
  }

  const mixed = () =>
    mixedWork(recordMixed(meter), async () => {
      const collected = await reader.collect();
      return sumHeld(MIXED_FAMILIES.map((name) => count(collected, name)));
    });

  function createSeries({ methods, routes }, name = MANY) {
    const counter = meter.createCounter(name);
    return {
      touch(count, every = 1) {
        for (let i = 0; i < count; i += every) {
          counter.add(1, { method: methods[i], route: routes[i] });
        }
      },
      scrape: () => reader.collect(),
      count: (collected) => count(collected, name),
      async pusher(kind, url) {
        const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto');
        const compression = kind === 'otlp-gzip' ? 'gzip' : 'none';
        const exporter = new OTLPMetricExporter({ url, compression });
        return async () => {
          const { resourceMetrics } = await reader.collect();
          const { code } = await new Promise((resolve) =>
            exporter.export(resourceMetrics, resolve),
          );
          return code === 0;
        };
      },
    };
  }

  return {
    works: {
      ...instrumentWorks(meter, read),
      'observe-native': observeNative,
      mixed,
    },
    createSeries,
    close: () => provider.shutdown(),
  };
}
