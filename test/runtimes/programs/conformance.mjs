// Runs the conformance suite in this process. The test says what the place offers.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { conform } from '../conformance/cases.mjs';
import * as telemetry from '../conformance/package.mjs';

const { threads, ...place } = JSON.parse(process.argv[2]);

async function thread(port, options) {
  const file = new URL('./conforming-thread.mjs', import.meta.url);
  const workerData = { port, options };
  const worker = new Worker(file, { workerData, transferList: [port] });
  const [{ link }] = await once(worker, 'message');
  const exit = once(worker, 'exit');
  const leave = async () => {
    worker.postMessage('leave');
    await exit;
  };
  return { link, leave, terminate: () => worker.terminate() };
}

const result = await conform(telemetry, {
  ...place,
  read: (path) => readFile(path, 'utf8'),
  ...(threads ? { thread } : {}),
});
const { deno, bun, node } = process.versions;
console.log(JSON.stringify({ ...result, version: deno ?? bun ?? node }));
