// Runs before the program, as instrumentation of a whole application does.
import { setupRuntimeHooks, TelemetryCollector } from 'utilityfog-telemetry';

console.log(JSON.stringify({ preloaded: true }));
const collector = new TelemetryCollector({ collectionInterval: 0.05 });
const jobs = collector.registerCounter('jobs_total', 'Jobs');
jobs.increment();
setupRuntimeHooks(collector);
await collector.startCollection();
globalThis.preloaded = { collector, jobs };
