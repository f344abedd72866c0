/**
 * The OpenTelemetry metrics SDK, with a reader attached: without one it stores nothing. It has no
 * bound handles, and no text of its own: a scrape here is `collect()`, which serialises nothing.
 */
import { AggregationType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { heldOf } from '../harness/check.mjs';
import { BUCKETS, LATENCIES, MANY, REQUEST_LINES, SETS } from '../inputs.mjs';
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

  const histogramOf = (name) =>
    meter.createHistogram(name, { advice: { explicitBucketBoundaries: BUCKETS } });

  function increment() {
    const name = 'increment';
    const counter = meter.createCounter(name);
    return {
      run(n) {
        for (let i = 0; i < n; i++) counter.add(1);
      },
      read: () => read(name),
    };
  }

  /** @param {1 | 16 | 1000} series */
  function incrementLabels(series) {
    const name = `increment_labels_${series}`;
    const counter = meter.createCounter(name);
    const { methods, routes } = SETS[series];
    let next = 0;
    return {
      series,
      run(n) {
        let k = next;
        for (let i = 0; i < n; i++) {
          const method = methods[k];
          const route = routes[k];
          counter.add(1, { method, route });
          if (++k === series) k = 0;
        }
        next = k;
      },
      read: () => read(name),
    };
  }

  function incrementCut() {
    const name = 'increment_cut';
    const counter = meter.createCounter(name);
    return {
      series: 16,
      run(n) {
        for (let i = 0; i < n; i++) {
          const line = REQUEST_LINES[i & 15];
          const space = line.indexOf(' ');
          const method = line.slice(0, space);
          const route = line.slice(space + 1, line.indexOf(' ', space + 1));
          counter.add(1, { method, route });
        }
      },
      read: () => read(name),
    };
  }

  function observe() {
    const name = 'observe';
    const histogram = histogramOf(name);
    return {
      run(n) {
        for (let i = 0; i < n; i++) histogram.record(LATENCIES[i & 1023]);
      },
      read: () => read(name),
    };
  }

  function observeNative() {
    const histogram = meter.createHistogram(NATIVE);
    return {
      run(n) {
        for (let i = 0; i < n; i++) histogram.record(LATENCIES[i & 1023]);
      },
      read: () => read(NATIVE),
    };
  }

  function observeLabels() {
    const name = 'observe_labels';
    const histogram = histogramOf(name);
    const { methods, routes } = SETS[16];
    return {
      series: 16,
      run(n) {
        for (let i = 0; i < n; i++) {
          const method = methods[i & 15];
          const route = routes[i & 15];
          histogram.record(LATENCIES[i & 1023], { method, route });
        }
      },
      read: () => read(name),
    };
  }

  function gaugeSet() {
    const name = 'gauge_set';
    const gauge = meter.createGauge(name);
    let last = 0;
    return {
      run(n) {
        for (let i = 0; i < n; i++) gauge.record(i * 0.5);
        last = (n - 1) * 0.5;
      },
      expected: () => last,
      read: () => read(name),
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
      increment,
      'increment-1': () => incrementLabels(1),
      'increment-16': () => incrementLabels(16),
      'increment-1000': () => incrementLabels(1000),
      'increment-cut': incrementCut,
      observe,
      'observe-labels': observeLabels,
      'observe-native': observeNative,
      'gauge-set': gaugeSet,
      mixed,
    },
    createSeries,
    close: () => provider.shutdown(),
  };
}
