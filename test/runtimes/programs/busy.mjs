// The main thread is stuck: it handles no event, timer or message until the file appears.
import { existsSync } from 'node:fs';
import { TelemetryCollector } from 'utilityfog-telemetry';

const { stopFile } = JSON.parse(process.argv[2]);
const collector = new TelemetryCollector();
const turns = collector.registerCounter('turns_total', 'Turns of the loop');
const { url } = await collector.serve({ port: 0 });
console.log(JSON.stringify({ url }));

const deadline = Date.now() + 30_000;
while (!existsSync(stopFile) && Date.now() < deadline) turns.increment();
console.log(JSON.stringify({ turns: turns.getValue().value }));
await collector.shutdown();
