/**
 * prom-client and its successor @prometheus-io/client have one interface. The loops are here once;
 * every contender runs in a process of its own, so neither sees what the engine learned from the
 * other.
 */
import { countSamples } from '../harness/exposition.mjs';
import { BUCKETS, LATENCIES, MANY, REQUEST_LINES, SETS } from '../inputs.mjs';
import { recordMixed } from './mixed/prometheus-style.mjs';
import { MIXED_FAMILIES, mixedWork, sumHeld } from './mixed/turns.mjs';

const labelNames = ['method', 'route'];

/**
 * @param {typeof import('prom-client')} client
 * @returns {import('./list.mjs').Contender}
 */
export function prometheusStyle(client) {
  const registry = new client.Registry();
  const registers = [registry];
  const help = 'Benchmark';

  /** @param {string} name */
  async function read(name) {
    const { type, values } = await registry.getSingleMetric(name).get();
    const counted =
      type === 'histogram' ? values.filter((v) => v.metricName === `${name}_count`) : values;
    return { series: counted.length, total: counted.reduce((sum, v) => sum + v.value, 0) };
  }

  const counterOf = (name, names = []) =>
    new client.Counter({ name, help, labelNames: names, registers });
  const histogramOf = (name, names = []) =>
    new client.Histogram({ name, help, labelNames: names, buckets: BUCKETS, registers });

  function increment() {
    const name = 'increment_total';
    const counter = counterOf(name);
    return {
      run(n) {
        for (let i = 0; i < n; i++) counter.inc();
      },
      read: () => read(name),
    };
  }

  /** @param {1 | 16 | 1000} series */
  function incrementLabels(series) {
    const name = `increment_labels_${series}_total`;
    const counter = counterOf(name, labelNames);
    const { methods, routes } = SETS[series];
    let next = 0;
    return {
      series,
      run(n) {
        let k = next;
        for (let i = 0; i < n; i++) {
          const method = methods[k];
          const route = routes[k];
          counter.inc({ method, route }, 1);
          if (++k === series) k = 0;
        }
        next = k;
      },
      read: () => read(name),
    };
  }

  function incrementCut() {
    const name = 'increment_cut_total';
    const counter = counterOf(name, labelNames);
    return {
      series: 16,
      run(n) {
        for (let i = 0; i < n; i++) {
          const line = REQUEST_LINES[i & 15];
          const space = line.indexOf(' ');
          const method = line.slice(0, space);
          const route = line.slice(space + 1, line.indexOf(' ', space + 1));
          counter.inc({ method, route }, 1);
        }
      },
      read: () => read(name),
    };
  }

  function incrementBound() {
    const name = 'increment_bound_total';
    const counter = counterOf(name, labelNames);
    const bound = counter.labels({ method: 'GET', route: '/' });
    return {
      run(n) {
        for (let i = 0; i < n; i++) bound.inc();
      },
      read: () => read(name),
    };
  }

  function incrementBound16() {
    const name = 'increment_bound_16_total';
    const counter = counterOf(name, labelNames);
    const { methods, routes } = SETS[16];
    const bound = methods.map((method, i) => counter.labels({ method, route: routes[i] }));
    return {
      series: 16,
      run(n) {
        for (let i = 0; i < n; i++) bound[i & 15].inc();
      },
      read: () => read(name),
    };
  }

  function observe() {
    const name = 'observe_seconds';
    const histogram = histogramOf(name);
    return {
      run(n) {
        for (let i = 0; i < n; i++) histogram.observe(LATENCIES[i & 1023]);
      },
      read: () => read(name),
    };
  }

  function observeBound() {
    const name = 'observe_bound_seconds';
    const histogram = histogramOf(name, labelNames);
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
    const histogram = histogramOf(name, labelNames);
    const { methods, routes } = SETS[16];
    return {
      series: 16,
      run(n) {
        for (let i = 0; i < n; i++) {
          const method = methods[i & 15];
          const route = routes[i & 15];
          histogram.observe({ method, route }, LATENCIES[i & 1023]);
        }
      },
      read: () => read(name),
    };
  }

  function gaugeSet() {
    const name = 'gauge_set';
    const gauge = new client.Gauge({ name, help, registers });
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
    const gauge = new client.Gauge({ name, help, labelNames, registers });
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
    mixedWork(recordMixed(client, registers), async () =>
      sumHeld(await Promise.all(MIXED_FAMILIES.map(read))),
    );

  function createSeries({ methods, routes }, name = MANY) {
    const counter = counterOf(name, labelNames);
    return {
      touch(count, every = 1) {
        for (let i = 0; i < count; i += every) {
          counter.inc({ method: methods[i], route: routes[i] }, 1);
        }
      },
      scrape: () => registry.metrics(),
      count: (text) => countSamples(text, name),
      read: () => registry.getMetricsAsJSON(),
      serve: () => serve(registry),
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
      'gauge-set': gaugeSet,
      'gauge-set-bound': gaugeSetBound,
      mixed,
    },
    createSeries,
    close() {},
  };
}

/** The metrics endpoint as the documentation of both libraries shows it. */
async function serve(registry) {
  const { createServer } = await import('node:http');
  const server = createServer(async (_request, response) => {
    response.setHeader('Content-Type', registry.contentType);
    response.end(await registry.metrics());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/metrics`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
