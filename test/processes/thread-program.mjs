/** A thread of a process that has joined. It counts one and leaves. */
import { parentPort, workerData } from 'node:worker_threads';

const { library, port, link, name } = workerData;
const { TelemetryCollector } = await import(library);
const log = (message) => parentPort.postMessage(message);
const collector = TelemetryCollector.connect(port, { link, logger: { warn: log, error: log } });
collector.registerCounter(name, '', { labelNames: ['n'] }).increment(1, { n: 'x' });
await collector.shutdown();
