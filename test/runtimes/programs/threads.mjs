// Four threads and the main one record into the same series as fast as they can.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { TelemetryCollector } from 'utilityfog-telemetry';
import { record, register } from './recording.mjs';

const { link, increments, observations } = JSON.parse(process.argv[2]);
const collector = new TelemetryCollector({ link });
const metrics = register(collector);
const { url } = await collector.serve({ port: 0 });

// All begin to record at the same time, once the first scrape has been seen.
const gate = new Int32Array(new SharedArrayBuffer(4));
const file = new URL('./recording.mjs', import.meta.url);
// The threads end in all possible ways: after a shutdown, with nothing left to do, and from outside.
const threads = ['shutdown', 'runs out', 'runs out', 'terminated'].map((end) => {
  const port = collector.createPort();
  const workerData = { port, gate, link, increments, observations, end };
  const worker = new Worker(file, { workerData, transferList: [port] });
  return { worker, end };
});
await Promise.all(threads.map(({ worker }) => once(worker, 'message')));

console.log(JSON.stringify({ url }));
await once(process.stdin, 'data');
Atomics.store(gate, 0, 1);
Atomics.notify(gate, 0);

const ended = threads.map(async ({ worker, end }) => {
  const exit = once(worker, 'exit');
  if (end === 'terminated') {
    await once(worker, 'message');
    await worker.terminate();
  }
  await exit;
});
record(metrics, increments, observations);
await Promise.all(ended);
// The end of a thread is known only a moment after it, from its port.
while ((await collector.diagnostics()).threads > 1);

const { metrics: totals } = await collector.getSnapshot();
console.log(
  JSON.stringify({
    operations: totals.operations_total.value,
    durations: totals.operation_duration_seconds.count,
    buckets: totals.operation_duration_seconds.buckets,
    gauge: totals.threads_active.value,
  }),
);
await once(process.stdin, 'data');
process.stdin.destroy();
await collector.shutdown();
