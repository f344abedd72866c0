import { workerData } from 'node:worker_threads';
import { TelemetryCollector } from 'utilityfog-telemetry';

const collector = TelemetryCollector.connect(workerData.port);
const all = collector.registerCounter('steps_total', 'Steps, all threads together');
const each = collector
  .registerCounter('steps_by_thread_total', 'Steps of each thread', { labelNames: ['thread'] })
  .labels({ thread: workerData.name });

for (let i = 0; i < 250_000; i++) {
  all.increment();
  each.increment();
}
await collector.shutdown(); // hands over the rest and leaves
