/**
 * A thread that was busy finds its timers before the messages that have come meanwhile. An answer that is there must
 * not be taken for one that has not come in time.
 */
import { fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { acceptProcess } from 'utilityfog-telemetry/cluster';
import { expect, it, onTestFinished } from 'vitest';
import { logOf, makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const script = new URL('../../dist/worker.js', import.meta.url);
const cluster = new URL('../../dist/cluster.js', import.meta.url).href;

/** Lets this thread do nothing else for so many seconds. */
function block(seconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
}

it('a worker has answered in time although the application was busy as it started', async () => {
  const worker = () => {
    // By then the worker was asked.
    setImmediate(() => block(3.2));
    return new Worker(script);
  };
  const collector = makeCollector({ link: 'auto', worker });
  collector.registerCounter('a_total').increment(2);
  expect(await sampleOf(collector, 'a_total')).toBe(2);
  expect(await collector.diagnostics()).toMatchObject({ link: 'shared', failed: [] });
  expect(logOf(collector)).toEqual([]);
});

it('the primary process has answered in time although the one that joins it was busy', async () => {
  const file = join(await makeFolder(), 'busy.mjs');
  await writeFile(
    file,
    `import { connectToPrimary } from ${JSON.stringify(cluster)};
     const logged = [];
     const log = (message) => void logged.push(message);
     const collector = connectToPrimary({ logger: { warn: log, error: log } });
     collector.registerCounter('a_total').increment(3);
     Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3200);
     const { collected } = await collector.flush();
     process.send({ told: { collected, logged } });`,
  );
  const collector = makeCollector({ link: 'shared' });
  const child = fork(file, { execArgv: [] });
  onTestFinished(() => void child.kill('SIGKILL'));
  onTestFinished(acceptProcess(collector, child));
  const told = new Promise((resolve) => {
    child.on('message', ({ told }: { told?: object }) => told && resolve(told));
  });
  expect(await told).toEqual({ collected: true, logged: [] });
  expect(await sampleOf(collector, 'a_total')).toBe(3);
});
