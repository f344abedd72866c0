// Bundled into one file that needs no node_modules beside it.
import { formatPrometheus, TelemetryCollector } from 'utilityfog-telemetry';

const collector = new TelemetryCollector();
const jobs = collector.registerCounter('jobs_total', 'Jobs done', { labelNames: ['kind'] });
jobs.increment(3, { kind: 'example' });

console.log(await formatPrometheus(collector));
console.log(`link: ${collector.link}`);
await collector.shutdown();
