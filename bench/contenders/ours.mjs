/**
 * utilityfog-telemetry, with its worker running: the periodic collection run and the heartbeat go
 * on while the loops are timed.
 */
import {
  formatPrometheus,
  OTLPExporter,
  RemoteWriteExporter,
  TelemetryCollector,
} from 'utilityfog-telemetry';
import { heldOf } from '../harness/check.mjs';
import { countSamples } from '../harness/exposition.mjs';
import {
  BUCKETS,
  EVENT_BURST,
  eventValue,
  eventValueOfItsOwn,
  LATENCIES,
  MANY,
  REQUEST_LINES,
  SETS,
  TARGET,
} from '../inputs.mjs';
import { recordMixed } from './mixed/ours.mjs';
import { MIXED_FAMILIES, mixedWork, sumHeld } from './mixed/turns.mjs';

const labelNames = ['method', 'route'];
const help = 'Benchmark';

/**
 * @param {{ link?: 'auto' | 'shared' | 'message' | 'inline', seriesLimit?: number }} [options]
 * @returns {Promise<import('./list.mjs').Contender>}
 */
export async function open({ link = 'auto', seriesLimit = 200_000 } = {}) {
  const collector = new TelemetryCollector({ link, seriesLimit });
  await collector.startCollection();
  // A place that has fallen back to another link must be noticed.
  const wanted = link === 'auto' ? 'shared' : link;
  if (collector.link !== wanted) throw new Error(`the link is ${collector.link}, not ${wanted}`);

  /** It comes from the worker's answer, so it counts what has really left this thread. */
  async function read(name) {
    const { metrics } = await collector.getSnapshot();
    const entries = [metrics[name] ?? []].flat();
    return heldOf(entries.map((entry) => entry.count ?? entry.value));
  }

  function increment() {
    const name = 'increment_total';
    const counter = collector.registerCounter(name, help);
    return {
      run(n) {
        for (let i = 0; i < n; i++) counter.increment();
      },
      read: () => read(name),
    };
  }

  /** @param {1 | 16 | 1000} series */
  function incrementLabels(series) {
    const name = `increment_labels_${series}_total`;
    const counter = collector.registerCounter(name, help, { labelNames });
    const { methods, routes } = SETS[series];
    let next = 0;
    return {
      series,
      run(n) {
        let k = next;
        for (let i = 0; i < n; i++) {
          const method = methods[k];
          const route = routes[k];
          counter.increment(1, { method, route });
          if (++k === series) k = 0;
        }
        next = k;
      },
      read: () => read(name),
    };
  }

  function incrementCut() {
    const name = 'increment_cut_total';
    const counter = collector.registerCounter(name, help, { labelNames });
    return {
      series: 16,
      run(n) {
        for (let i = 0; i < n; i++) {
          const line = REQUEST_LINES[i & 15];
          const space = line.indexOf(' ');
          const method = line.slice(0, space);
          const route = line.slice(space + 1, line.indexOf(' ', space + 1));
          counter.increment(1, { method, route });
        }
      },
      read: () => read(name),
    };
  }

  function incrementBound() {
    const name = 'increment_bound_total';
    const counter = collector.registerCounter(name, help, { labelNames });
    const bound = counter.labels({ method: 'GET', route: '/' });
    return {
      run(n) {
        for (let i = 0; i < n; i++) bound.increment();
      },
      read: () => read(name),
    };
  }

  function incrementBound16() {
    const name = 'increment_bound_16_total';
    const counter = collector.registerCounter(name, help, { labelNames });
    const { methods, routes } = SETS[16];
    const bound = methods.map((method, i) => counter.labels({ method, route: routes[i] }));
    return {
      series: 16,
      run(n) {
        for (let i = 0; i < n; i++) bound[i & 15].increment();
      },
      read: () => read(name),
    };
  }

  function observe() {
    const name = 'observe_seconds';
    const histogram = collector.registerHistogram(name, help, { buckets: BUCKETS });
    return {
      run(n) {
        for (let i = 0; i < n; i++) histogram.observe(LATENCIES[i & 1023]);
      },
      read: () => read(name),
    };
  }

  function observeBound() {
    const name = 'observe_bound_seconds';
    const histogram = collector.registerHistogram(name, help, { labelNames, buckets: BUCKETS });
    const bound = histogram.labels({ method: 'GET', route: '/' });
    return {
      run(n) {
        for (let i = 0; i < n; i++) bound.observe(LATENCIES[i & 1023]);
      },
      read: () => read(name),
    };
  }

  function observeNative() {
    const name = 'observe_native_seconds';
    const histogram = collector.registerHistogram(name, help, { native: true });
    return {
      run(n) {
        for (let i = 0; i < n; i++) histogram.observe(LATENCIES[i & 1023]);
      },
      read: () => read(name),
    };
  }

  function observeNativeBound() {
    const name = 'observe_native_bound_seconds';
    const histogram = collector.registerHistogram(name, help, { labelNames, native: true });
    const bound = histogram.labels({ method: 'GET', route: '/' });
    return {
      run(n) {
        for (let i = 0; i < n; i++) bound.observe(LATENCIES[i & 1023]);
      },
      read: () => read(name),
    };
  }

  function observeLabels() {
    const name = 'observe_labels_seconds';
    const histogram = collector.registerHistogram(name, help, { labelNames, buckets: BUCKETS });
    const { methods, routes } = SETS[16];
    return {
      series: 16,
      run(n) {
        for (let i = 0; i < n; i++) {
          const method = methods[i & 15];
          const route = routes[i & 15];
          histogram.observe(LATENCIES[i & 1023], { method, route });
        }
      },
      read: () => read(name),
    };
  }

  function gaugeSet() {
    const name = 'gauge_set';
    const gauge = collector.registerGauge(name, help);
    let last = 0;
    return {
      run(n) {
        for (let i = 0; i < n; i++) gauge.set(i * 0.5);
        last = (n - 1) * 0.5;
      },
      expected: () => last,
      read: () => read(name),
    };
  }

  function gaugeSetBound() {
    const name = 'gauge_set_bound';
    const gauge = collector.registerGauge(name, help, { labelNames });
    const bound = gauge.labels({ method: 'GET', route: '/' });
    let last = 0;
    return {
      run(n) {
        for (let i = 0; i < n; i++) bound.set(i * 0.5);
        last = (n - 1) * 0.5;
      },
      expected: () => last,
      read: () => read(name),
    };
  }

  const mixed = () =>
    mixedWork(recordMixed(collector), async () =>
      sumHeld(await Promise.all(MIXED_FAMILIES.map(read))),
    );

  function recordEvent(makeValue) {
    return {
      burst: EVENT_BURST,
      run(n) {
        for (let i = 0; i < n; i++) collector.recordEvent('checkout', makeValue(i));
      },
      settle: () => collector.flush(),
      read: () => read('telemetry_events_total'),
    };
  }

  function createSeries({ methods, routes }, name = MANY) {
    const counter = collector.registerCounter(name, help, { labelNames });
    return {
      touch(count, every = 1) {
        for (let i = 0; i < count; i += every) {
          counter.increment(1, { method: methods[i], route: routes[i] });
        }
      },
      scrape: () => formatPrometheus(collector),
      count: (text) => countSamples(text, name),
      settle: () => collector.flush(),
      serve: (options) => collector.serve({ port: 0, ...options }),
      async pusher(kind, url) {
        const compression = kind === 'otlp-gzip' ? 'gzip' : 'none';
        const exporter =
          kind === 'remote-write'
            ? new RemoteWriteExporter({ url, labels: TARGET })
            : new OTLPExporter({ url, compression });
        return () => exporter.exportMetrics(collector);
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
      'increment-bound': incrementBound,
      'increment-bound-16': incrementBound16,
      observe,
      'observe-bound': observeBound,
      'observe-labels': observeLabels,
      'observe-native': observeNative,
      'observe-native-bound': observeNativeBound,
      'gauge-set': gaugeSet,
      'gauge-set-bound': gaugeSetBound,
      mixed,
      'record-event': () => recordEvent(eventValue),
      'record-event-new-texts': () => recordEvent(eventValueOfItsOwn),
    },
    createSeries,
    close: () => collector.shutdown(),
  };
}
