// Serves with `keepAlive` and does nothing else. `until` says what lets the process end again.
import { setTimeout } from 'node:timers';
import { TelemetryCollector } from 'utilityfog-telemetry';

const { link, until } = JSON.parse(process.argv[2]);
const collector = new TelemetryCollector({ link, logger: { warn() {} } });
const server = await collector.serve({ port: 0, keepAlive: true });
const { port } = new URL(server.url);
const again = await collector
  .serve({ port: Number(port), keepAlive: true })
  .catch(({ code }) => code);
console.log(JSON.stringify({ again }));

const ends = { close: () => server.close(), shutdown: () => collector.shutdown() };
// The timer holds nothing open: it fires only in a process that something else has kept open.
setTimeout(async () => {
  const { status } = await fetch(server.url, { headers: { connection: 'close' } });
  console.log(JSON.stringify({ status }));
  await ends[until]();
}, 200).unref();
