// Runs before the program, as instrumentation of a whole application does.
import { appendFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { setupRuntimeHooks, TelemetryCollector } from 'utilityfog-telemetry';

// This is not printed, since what a worker prints may come too late to be seen.
appendFileSync(process.env.PRELOADS, `thread ${threadId}\n`);
const collector = new TelemetryCollector({ collectionInterval: 0.05 });
const jobs = collector.registerCounter('jobs_total', 'Jobs');
jobs.increment();
setupRuntimeHooks(collector);
await collector.startCollection();
globalThis.preloaded = { collector, jobs };
