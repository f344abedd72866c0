/**
 * A service whose code knows nothing of tracing, but for the line that instruments its process. `served` says that a
 * fetch handler answers, by `Deno.serve` or `Bun.serve`. It asks the next service if there is one, prints its origin and
 * ends when it is told to.
 */
import http from 'node:http';
import { instrumentFetch } from '../../dist/fetch.js';
import { OTLPExporter, TelemetryCollector } from '../../dist/node.js';
import { registerTracing, requestTracing, tracerProvider } from '../../dist/opentelemetry.js';
import { instrumentProcess } from '../../dist/server.js';

const { url, next, name, compression, served } = JSON.parse(process.argv[2]);
const collector = new TelemetryCollector();
const exporter = new OTLPExporter({ url: `${url}/v1/traces`, compression });
registerTracing(tracerProvider(collector, { exporter, resource: { 'service.name': name } }));
const tracing = requestTracing();
instrumentProcess(collector, { tracing });

const asked = () =>
  new Promise((resolve) => {
    http.get(`${next}/by-http`, (response) => response.resume().on('end', resolve));
  });
async function answer() {
  if (!next) return 'in stock';
  await asked();
  return (await fetch(`${next}/by-fetch`)).text();
}

const ready = (port) => console.log(JSON.stringify({ origin: `http://127.0.0.1:${port}` }));
if (served) {
  const fetch = instrumentFetch(async () => new Response(await answer()), { collector, tracing });
  const where = { port: 0, hostname: '127.0.0.1' };
  const isDeno = served === 'Deno.serve';
  ready(
    isDeno
      ? Deno.serve({ ...where, onListen() {} }, fetch).addr.port
      : Bun.serve({ ...where, fetch }).port,
  );
} else {
  const server = http.createServer(async (_, response) => response.end(await answer()));
  server.listen(0, '127.0.0.1', () => ready(server.address().port));
}

process.stdin.once('data', async () => {
  await collector.flush();
  const { metrics } = await collector.getSnapshot();
  const count = (side) =>
    [metrics[`http_${side}_request_duration_seconds`] ?? []]
      .flat()
      .reduce((sum, one) => sum + one.count, 0);
  console.log(JSON.stringify({ server: count('server'), client: count('client') }));
  process.exit();
});
