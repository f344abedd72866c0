// Makes one collector in a runtime that may refuse a worker, and prints what is in use.
import { formatPrometheus, TelemetryCollector } from 'utilityfog-telemetry';

const collector = new TelemetryCollector();
collector.registerCounter('jobs_total').increment(3);
await collector.startCollection();
const text = await formatPrometheus(collector);
const { link, failed } = await collector.diagnostics();
console.log(JSON.stringify({ link, failed, counted: text.includes('\njobs_total 3\n') }));
