// Answers one scrape, and then has nothing more to do.
import { TelemetryCollector } from 'utilityfog-telemetry';

const { link } = JSON.parse(process.argv[2]);
const collector = new TelemetryCollector({ link });
const { url } = await collector.serve({ port: 0 });
const { status } = await fetch(url, { headers: { connection: 'close' } });
console.log(JSON.stringify({ status }));
