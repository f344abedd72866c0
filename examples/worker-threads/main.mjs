// Four threads count into one counter, each in its own memory.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { formatPrometheus, TelemetryCollector } from 'utilityfog-telemetry';

const collector = new TelemetryCollector();
const file = new URL('./thread.mjs', import.meta.url);
const exits = ['north', 'east', 'south', 'west'].map((name) => {
  const port = collector.createPort();
  const worker = new Worker(file, { workerData: { port, name }, transferList: [port] });
  return once(worker, 'exit');
});
await Promise.all(exits);

const lines = (await formatPrometheus(collector)).split('\n');
console.log(lines.filter((line) => line.startsWith('steps_')).join('\n'));
await collector.shutdown();
