// What each thread of threads.mjs does. A thread that is started as a worker joins and records.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { TelemetryCollector } from 'utilityfog-telemetry';

export function register(collector) {
  const buckets = [0.001, 0.01, 0.1];
  return {
    operations: collector.registerCounter('operations_total', 'Operations'),
    durations: collector.registerHistogram('operation_duration_seconds', 'Durations', { buckets }),
    active: collector.registerGauge('threads_active', 'Threads that record'),
  };
}

export function record({ operations, durations, active }, increments, observations) {
  active.set(1);
  const every = increments / observations;
  for (let i = 0; i < observations; i++) {
    for (let j = 0; j < every; j++) operations.increment();
    durations.observe((i % 4) / 20);
  }
}

if (!isMainThread && workerData?.port) {
  const { port, gate, link, increments, observations, end } = workerData;
  const collector = TelemetryCollector.connect(port, { link });
  const metrics = register(collector);
  await collector.flush();
  parentPort.postMessage('ready');
  Atomics.wait(gate, 0, 0);
  record(metrics, increments, observations);
  if (end === 'shutdown') await collector.shutdown();
  // Shared memory needs no flush. If copies are posted, the last one must have left.
  if (end !== 'shutdown' && collector.link === 'message') await collector.flush();
  parentPort.postMessage('done');
  // A listener holds the thread open until it is ended from outside.
  if (end === 'terminated') parentPort.on('message', () => {});
}
