/** What is done with the instruments of OpenTelemetry's API, whoever has made the meter. */
import { BUCKETS, LATENCIES, REQUEST_LINES, SETS } from '../inputs.mjs';

/**
 * @param {import('@opentelemetry/api').Meter} meter
 * @param {(name: string) => Promise<import('./list.mjs').Held>} read
 * @returns {Record<string, () => import('./list.mjs').Work>}
 */
export function instrumentWorks(meter, read) {
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

  return {
    increment,
    'increment-1': () => incrementLabels(1),
    'increment-16': () => incrementLabels(16),
    'increment-1000': () => incrementLabels(1000),
    'increment-cut': incrementCut,
    observe,
    'observe-labels': observeLabels,
    'gauge-set': gaugeSet,
  };
}
