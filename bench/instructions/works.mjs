/**
 * The works whose instructions are counted. All of them happen in the calling thread, so the link is
 * `inline`: the instructions of another thread would come at times that no two runs share.
 */
import { formatPrometheus, TelemetryCollector } from 'utilityfog-telemetry';
import { tracerProvider } from 'utilityfog-telemetry/opentelemetry';
import { countSamples } from '../harness/exposition.mjs';
import {
  BUCKETS,
  eventValue,
  LATENCIES,
  MANY,
  manyLabelSets,
  SETS,
  spanAttributes,
} from '../inputs.mjs';

const labelNames = ['method', 'route'];
const help = 'Benchmark';

/** How often the work is counted. The median is taken, since a compilation may fall into one of them. */
export const SECTIONS = 3;

/** How many series the rendered exposition has. */
const SHOWN = 2000;

/**
 * @typedef {object} CountedWork
 * @property {number} n  How many operations a section has.
 * @property {number} warmUp  How many come before, so that the engine has compiled what it will.
 * @property {(n: number) => Promise<void> | void} run
 * @property {() => Promise<unknown>} [settle]  Lets what was put off be done, uncounted.
 * @property {() => Promise<import('../contenders/list.mjs').Held>} read
 * @property {number} [series]  How many series there must be; by default 1.
 * @property {(done: number) => number} [expected]  What the total must be; by default `done`.
 */

/** @typedef {{ title: string, open: (collector: TelemetryCollector) => CountedWork }} Described */

const hot = { n: 4000, warmUp: 60_000 };

const reader = (collector, name) => async () =>
  countSamples(await formatPrometheus(collector), name);

/** @param {TelemetryCollector} collector */
function bound(collector) {
  const counter = collector.registerCounter('bound_total', help, { labelNames });
  const series = counter.labels({ method: 'GET', route: '/' });
  return {
    ...hot,
    run(n) {
      for (let i = 0; i < n; i++) series.increment();
    },
    read: reader(collector, 'bound_total'),
  };
}

/** @param {1 | 16} count */
const labelled = (count) => (/** @type {TelemetryCollector} */ collector) => {
  const counter = collector.registerCounter('labelled_total', help, { labelNames });
  const { methods, routes } = SETS[count];
  return {
    ...hot,
    series: count,
    run(n) {
      for (let i = 0; i < n; i++) {
        const k = i & (count - 1);
        counter.increment(1, { method: methods[k], route: routes[k] });
      }
    },
    read: reader(collector, 'labelled_total'),
  };
};

/** @param {TelemetryCollector} collector */
function observe(collector) {
  const histogram = collector.registerHistogram('observe_seconds', help, { buckets: BUCKETS });
  return {
    ...hot,
    run(n) {
      for (let i = 0; i < n; i++) histogram.observe(LATENCIES[i & 1023]);
    },
    read: reader(collector, 'observe_seconds_count'),
  };
}

/** @param {TelemetryCollector} collector */
function gaugeSet(collector) {
  const gauge = collector.registerGauge('gauge_set', help);
  let last = 0;
  return {
    ...hot,
    run(n) {
      for (let i = 0; i < n; i++) gauge.set(i * 0.5);
      last = (n - 1) * 0.5;
    },
    expected: () => last,
    read: reader(collector, 'gauge_set'),
  };
}

/**
 * Each section fills a family of its own from the start, so that every one has the same part in making
 * the tables larger.
 * @param {TelemetryCollector} collector
 */
function create(collector) {
  const n = 2048;
  const warmUp = 4 * n;
  const { methods, routes } = manyLabelSets(n);
  const names = [];
  return {
    n,
    warmUp,
    series: warmUp + SECTIONS * n,
    run(count) {
      const name = `many_${names.length}_total`;
      names.push(name);
      const counter = collector.registerCounter(name, help, { labelNames });
      for (let i = 0; i < count; i++) {
        counter.increment(1, { method: methods[i], route: routes[i] });
      }
    },
    async read() {
      const text = await formatPrometheus(collector);
      const held = names.map((name) => countSamples(text, name));
      const sum = (key) => held.reduce((total, one) => total + one[key], 0);
      return { series: sum('series'), total: sum('total') };
    },
  };
}

/** @param {TelemetryCollector} collector */
function recordEvent(collector) {
  return {
    n: 250,
    warmUp: 5000,
    run(n) {
      for (let i = 0; i < n; i++) collector.recordEvent('checkout', eventValue(i));
    },
    settle: () => collector.flush(),
    read: reader(collector, 'telemetry_events_total'),
  };
}

/**
 * A section is less than a batch, and nothing else is handed over in it.
 * @param {TelemetryCollector} collector
 */
function span(collector) {
  const tracer = tracerProvider(collector, { spanMetrics: false }).getTracer('bench');
  let made = 0;
  return {
    n: 500,
    warmUp: 60_000,
    run(n) {
      for (let i = 0; i < n; i++) {
        const attributes = spanAttributes(made++);
        tracer.startSpan('GET /users/:id', { kind: 1, attributes }).end();
      }
    },
    settle: () => collector.flush(),
    read: reader(collector, 'telemetry_spans_total'),
  };
}

/** @param {TelemetryCollector} collector */
function render(collector) {
  const counter = collector.registerCounter(MANY, help, { labelNames });
  const { methods, routes } = manyLabelSets(SHOWN);
  const series = methods.map((method, i) => counter.labels({ method, route: routes[i] }));
  return {
    n: 1,
    warmUp: 12,
    series: SHOWN,
    async run(n) {
      for (let i = 0; i < n; i++) {
        for (const one of series) one.increment();
        await formatPrometheus(collector);
      }
    },
    expected: (done) => done * SHOWN,
    read: reader(collector, MANY),
  };
}

/** @type {Record<string, Described>} */
export const WORKS = {
  'increment-bound': { title: 'increment, bound', open: bound },
  'increment-1': { title: 'increment, 2 labels: the same set', open: labelled(1) },
  'increment-16': { title: 'increment, 2 labels: 16 sets in turn', open: labelled(16) },
  observe: { title: 'observe, 11 buckets', open: observe },
  'gauge-set': { title: 'gauge set', open: gaugeSet },
  create: { title: 'a new series', open: create },
  'record-event': { title: 'recordEvent with 200 bytes', open: recordEvent },
  span: { title: 'a span with 4 attributes, begun and ended', open: span },
  render: { title: `rendering ${SHOWN.toLocaleString('en')} series`, open: render },
};
