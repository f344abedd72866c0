/** A process that joins, and does what it is told. The messages are those of `RealProcess`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const { acceptProcess, acceptWorkers, connectToPrimary, joinProcesses } = await import(
  process.env.CLUSTER
);
const tell = (message) => process.connected && process.send(message);
const log = (message) => tell({ logged: message });
const logger = { warn: log, error: log };
/** Joins those processes that have no common parent which could own their collector. */
const joined = ({ options, ...room }) =>
  joinProcesses(
    { ...options, logger },
    { ...room, own: async (all) => tell({ owns: (await all.serve({ port: 0 })).url }) },
  );
const { ROOM } = process.env;
const collector = ROOM ? joined(JSON.parse(ROOM)) : connectToPrimary({ logger });

const labelNames = ['n'];
const kinds = {
  counter: (name) => collector.registerCounter(name, '', { labelNames }),
  gauge: (name, combine) => collector.registerGauge(name, '', { labelNames, combine }),
  histogram: (name) => collector.registerHistogram(name, '', { labelNames, buckets: [1, 10] }),
  native: (name) => collector.registerHistogram(name, '', { labelNames, native: true }),
  summary: (name) => collector.registerSummary(name, '', { labelNames, quantiles: [0.5] }),
  states: (name) => collector.registerStateSet(name, '', { labelNames, states: ['idle', 'busy'] }),
};
const metricOf = ({ kind, name, combine }) =>
  collector.getMetric(name) ?? kinds[kind](name, combine);

const methods = {
  record({ kind, name, combine, value, n = 'x', exemplar }) {
    const metric = metricOf({ kind, name, combine });
    const record =
      metric.increment && kind === 'counter' ? 'increment' : metric.observe ? 'observe' : 'set';
    metric[record](value, { n }, exemplar && { exemplar });
  },
  many({ name, count }) {
    const metric = metricOf({ kind: 'counter', name });
    for (let i = 0; i < count; i++) metric.increment(1, { n: `${i} ${'long '.repeat(20)}` });
  },
  /** Counts whenever the event loop turns, until the process is killed. */
  keepCounting({ name }) {
    const metric = metricOf({ kind: 'counter', name }).labels({ n: 'x' });
    setInterval(() => metric.increment(), 0);
  },
  expiring({ name }) {
    const metric = collector.registerCounter(name, '', { labelNames, expireAfter: 0.5 });
    metric.increment(1, { n: 'x' });
  },
  answering({ name, value }) {
    collector.registerGauge(name, '', { collect: () => value });
  },
  valueOf: ({ name, n = 'x' }) => collector.getMetric(name).getValue({ n })?.value,
  reset: () => collector.resetAllMetrics(),
  /** Resolves to why this worker cannot be asked what only a primary process can. */
  misuse() {
    try {
      return acceptWorkers(collector);
    } catch ({ code }) {
      return code;
    }
  },
  event: ({ value }) => collector.recordEvent('told', value),
  flush: async () => (await collector.flush()).collected,
  shutdown: () => collector.shutdown(),
  sample: async ({ name, n = 'x' }) => {
    const { metrics } = await collector.getSnapshot();
    return metrics[name]?.find(({ labels }) => labels.n === n)?.value;
  },
  snapshot: async () => Object.keys((await collector.getSnapshot()).metrics),
  link: () => collector.link,
  /** Starts a thread that counts one and then ends. Resolves to what it has logged. */
  async thread({ link, name }) {
    const port = collector.createPort();
    const thread = new Worker(new URL('thread-program.mjs', import.meta.url), {
      workerData: { library: process.env.LIBRARY, port, link, name },
      transferList: [port],
    });
    const logged = [];
    thread.on('message', (message) => logged.push(message));
    await once(thread, 'exit');
    return logged;
  },
  /** Starts a process that joins through this one, and counts one. */
  async child({ name }) {
    const child = fork(new URL(import.meta.url));
    acceptProcess(collector, child);
    child.send({ id: 1, what: 'record', kind: 'counter', name, value: 1 });
    child.send({ id: 2, what: 'flush' });
    child.on('message', ({ id }) => id === 2 && child.disconnect());
    await once(child, 'exit');
  },
};

process.on('message', async ({ id, what, ...details }) => {
  if (!Object.hasOwn(methods, what)) return;
  const answer = await methods[what](details);
  tell({ id, answer });
});
process.on('disconnect', async () => {
  // The application goes on without its primary.
  const { collected } = await collector.flush();
  console.log(JSON.stringify({ collected }));
});
tell({ ready: true });
