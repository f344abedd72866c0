/** A thread that does what it is told. The messages are the methods of `RealThread`. */
import { parentPort, workerData } from 'node:worker_threads';

const { TelemetryCollector } = await import(workerData.library);
const { port, link } = workerData;
const logged = [];
const log = (message) => void logged.push(message);
const collector = TelemetryCollector.connect(port, { link, logger: { warn: log, error: log } });

const labelNames = ['n'];
const register = {
  counter: (name) => collector.registerCounter(name, '', { labelNames }),
  gauge: (name) => collector.registerGauge(name, '', { labelNames }),
  histogram: (name) => collector.registerHistogram(name, '', { labelNames, buckets: [10, 50] }),
};
const known = (type, name) => collector.getMetric(name) ?? register[type](name);

const methods = {
  record({ type, name, n, amount }) {
    const metric = known(type, name);
    if (type === 'histogram') metric.observe(amount, { n });
    else metric.increment(amount, { n });
  },
  exemplify: ({ name, n, trace }) =>
    known('counter', name).increment(1, { n }, { exemplar: { id: trace } }),
  event: () => collector.recordEvent('of a thread'),
  set: ({ name, amount }) => known('gauge', name).set(amount, { n: 'x' }),
  clear: ({ type, name }) => void known(type, name).clear(),
  remove: ({ type, name, n }) => void known(type, name).remove({ n }),
  unregister: ({ name }) => void collector.unregister(name),
  reset({ type, name }) {
    if (name) (type ? known(type, name) : collector.getMetric(name))?.reset();
    else collector.resetAllMetrics();
  },
  flush: () => collector.flush(),
  shutdown: () => collector.shutdown(),
  ask: async () => (await collector.diagnostics()).threads,
  logged: () => logged,
  /** The event loop stands still until the thread is released. */
  block({ gate }) {
    parentPort.postMessage({ blocked: true });
    Atomics.wait(new Int32Array(gate), 0, 0);
  },
  /** Counts anew what another thread has removed, and tells a thread that waits without turning. */
  async recount({ name, n, amount, gate }) {
    await collector.flush();
    known('counter', name).increment(amount, { n });
    await collector.flush();
    Atomics.store(new Int32Array(gate), 0, 1);
    Atomics.notify(new Int32Array(gate), 0);
  },
  /** Observes values that lie further and further apart. Returns how many. */
  async grow({ name, options }) {
    const histogram = collector.registerHistogram(name, '', options);
    let count = 0;
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < 500; i++, count++) {
        histogram.observe(1.001 ** (i * (1 + round / 4)), { n: `${i % 3}` });
      }
      await new Promise(setImmediate);
    }
    return count;
  },
  createPort: () => collector.createPort(),
};

parentPort.on('message', async ({ id, what, ...details }) => {
  const answer = await methods[what](details);
  const transfer = what === 'createPort' ? [answer] : [];
  parentPort.postMessage({ id, answer }, transfer);
});
parentPort.postMessage({ blocked: false });
