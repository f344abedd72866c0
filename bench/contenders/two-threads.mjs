/**
 * Lets two threads record at the same time: through collectors that have joined, and as yardsticks into
 * bare cells. The main thread opens a subject, and the other joins it with what was handed over.
 */
import { TelemetryCollector } from 'utilityfog-telemetry';
import { SETS } from '../inputs.mjs';
import { recordMixed } from './mixed/ours.mjs';
import { MIXED_FAMILIES, mixedWork, sumHeld } from './mixed/turns.mjs';

/**
 * @typedef {object} Recorder
 * @property {(n: number) => void} run
 * @property {() => number} expected  What this thread has recorded.
 * @property {() => Promise<void> | void} close
 */

/**
 * @typedef {Recorder & {
 *   handOver: unknown, transfer: import('node:worker_threads').Transferable[], series: number,
 *   read(): Promise<import('./list.mjs').Held> | import('./list.mjs').Held, url?: string,
 * }} Opened
 */

/** @typedef {{ open(): Promise<Opened> | Opened, join(handedOver: never): Recorder }} Subject */

const BOUND = 'bound_total';

/** @param {TelemetryCollector} collector */
function boundCounters(collector) {
  const { methods, routes } = SETS[16];
  const labelNames = ['method', 'route'];
  const counter = collector.registerCounter(BOUND, 'Benchmark', { labelNames });
  const bound = methods.map((method, i) => counter.labels({ method, route: routes[i] }));
  let done = 0;
  return {
    series: bound.length,
    run(n) {
      for (let i = 0; i < n; i++) bound[i & 15].increment();
      done += n;
    },
    expected: () => done,
  };
}

const mixed = (collector) => mixedWork(recordMixed(collector));

/** @returns {Subject} */
function collectors(recorderOf, families) {
  const close = (collector) => () => collector.shutdown();
  return {
    async open() {
      const collector = new TelemetryCollector();
      await collector.startCollection();
      const { url } = await collector.serve({ port: 0 });
      const port = collector.createPort();
      const read = async () => {
        const { metrics } = await collector.getSnapshot();
        const values = (name) => [metrics[name] ?? []].flat().map((e) => e.count ?? e.value);
        const sum = (numbers) => numbers.reduce((all, value) => all + value, 0);
        return sumHeld(
          families.map((name) => ({ series: values(name).length, total: sum(values(name)) })),
        );
      };
      const handedOver = { handOver: port, transfer: [port] };
      return { ...recorderOf(collector), ...handedOver, read, url, close: close(collector) };
    },
    join(port) {
      const collector = TelemetryCollector.connect(port);
      return { ...recorderOf(collector), close: close(collector) };
    },
  };
}

/** How many cells a thread uses. With only one, waiting for the previous store would hide everything else. */
const OWN_CELLS = 4;

/** @param {number} distance  of the two threads' cells @returns {Subject} */
function bareCells(distance) {
  const sum = (cells, at) => cells.slice(at, at + OWN_CELLS).reduce((all, value) => all + value, 0);
  const recorder = (cells, at) => ({
    run(n) {
      for (let i = 0; i < n; i++) cells[at + (i & (OWN_CELLS - 1))] += 1;
    },
    expected: () => sum(cells, at),
    close() {},
  });
  return {
    open() {
      const cells = new Float64Array(new SharedArrayBuffer(1024));
      const read = () => ({ series: 2, total: sum(cells, 0) + sum(cells, distance) });
      return { ...recorder(cells, 0), handOver: cells, transfer: [], series: 2, read };
    },
    join: (cells) => recorder(cells, distance),
  };
}

/** In cells. A cache line holds 8, and the processor may fetch two lines at once. */
const FAR = 64;

/** @type {Record<string, Subject>} */
export const SUBJECTS = {
  bound: collectors(boundCounters, [BOUND]),
  mixed: collectors(mixed, MIXED_FAMILIES),
  'same-line': bareCells(OWN_CELLS),
  'different-lines': bareCells(FAR),
};
