// Records, and then has nothing more to do. Nothing here needs the collector.
import { TelemetryCollector } from 'utilityfog-telemetry';

const { directory } = JSON.parse(process.argv[2]);
const collector = new TelemetryCollector({ persist: { name: 'app', directory } });
collector.registerCounter('a_total').increment(3);
collector.recordEvent('e');
console.log(JSON.stringify({}));
