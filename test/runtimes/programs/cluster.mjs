// The primary process and its children. A child ends by itself: only the channel could hold it open.
import { fork } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TelemetryCollector } from 'utilityfog-telemetry';
import { acceptProcess, acceptWorkers, connectToPrimary } from 'utilityfog-telemetry/cluster';

const { way, serialization, role } = JSON.parse(process.argv[2]);
const file = fileURLToPath(import.meta.url);
const childArgs = [JSON.stringify({ way, role: 'child' })];

const children = {
  ends: () => {},
  async flushes(collector) {
    await collector.flush();
  },
  // The application's listener comes late. Its messages have waited, and it holds the process.
  async listens(collector) {
    await collector.flush();
    process.on('message', function listener(message) {
      if (message.ping) process.send({ pong: message.ping });
      if (message.stop) process.off('message', listener);
    });
  },
  unanswered: () => {},
  async worker(collector) {
    collector.registerGauge('up').set(1);
    await collector.flush();
    process.send({ flushed: true });
    cluster.worker.on('message', async ({ stop }) => {
      if (!stop) return;
      await collector.shutdown();
      cluster.worker.disconnect();
    });
  },
};

const parents = {
  ends: forked,
  flushes: forked,
  async listens(collector) {
    const child = start(collector);
    const pong = async (ping) => {
      child.send({ ping });
      for (;;) {
        const [{ pong }] = await once(child, 'message');
        if (pong === ping) return;
      }
    };
    await pong('early');
    await collector.getSnapshot();
    await pong('late');
    const exit = once(child, 'exit');
    child.send({ stop: true });
    return { exit: await exit };
  },
  unanswered: () => forked(undefined),
  async worker(collector) {
    acceptWorkers(collector);
    cluster.setupPrimary({ exec: file, args: childArgs, serialization });
    const workers = [cluster.fork(), cluster.fork()];
    const exits = workers.map((worker) => once(worker, 'exit'));
    await Promise.all(workers.map(flushed));
    const before = await valuesOf(collector);
    workers[0].process.kill('SIGKILL');
    await exits[0];
    workers[1].send({ stop: true });
    await exits[1];
    return { before };
  },
};

async function forked(collector) {
  return { exit: await once(start(collector), 'exit') };
}

function start(collector) {
  const child = fork(file, childArgs, { serialization });
  if (collector) acceptProcess(collector, child);
  return child;
}

function flushed(worker) {
  return new Promise((resolve) => worker.on('message', (message) => message.flushed && resolve()));
}

async function valuesOf(collector) {
  const { metrics } = await collector.getSnapshot();
  return { jobs: metrics.jobs_total?.value, up: metrics.up?.value };
}

if (role === 'child') {
  const logger = { warn: () => (process.exitCode = 3), error: () => {} };
  const collector = connectToPrimary(way === 'unanswered' ? { logger } : {});
  collector.registerCounter('jobs_total').increment(21);
  await children[way](collector);
} else {
  const collector = new TelemetryCollector();
  const result = await parents[way](collector);
  console.log(JSON.stringify({ ...result, ...(await valuesOf(collector)) }));
  await collector.shutdown();
}
