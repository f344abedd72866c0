/**
 * Answers and asks the same requests, observed by OpenTelemetry's own packages, by `instrumentProcess()` or by both, and
 * prints what its metrics have counted.
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { OTLPExporter, TelemetryCollector } from '../../dist/node.js';
import { registerTracing, requestTracing, tracerProvider } from '../../dist/opentelemetry.js';
import { instrumentProcess } from '../../dist/server.js';

const { url, observers } = JSON.parse(process.argv[2]);
const require = createRequire(import.meta.url);
process.env.OTEL_SEMCONV_STABILITY_OPT_IN = 'http';
const collector = new TelemetryCollector();
const exporter = new OTLPExporter({ url: `${url}/v1/traces` });
const provider = tracerProvider(collector, { exporter });
registerTracing(provider);
if (observers.includes('theirs')) {
  const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
  const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici');
  for (const one of [new HttpInstrumentation(), new UndiciInstrumentation()]) {
    one.setTracerProvider(provider);
    one.enable();
  }
}
// Their packages patch modules that are loaded after them.
const http = require('node:http');
if (observers.includes('ours')) instrumentProcess(collector, { tracing: requestTracing() });

const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://a');
  response.statusCode = { '/missing': 404, '/broken': 500 }[pathname] ?? 200;
  response.end('answer');
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const origin = `http://127.0.0.1:${server.address().port}`;
const headers = { 'user-agent': 'test' };
const ask = (path, method) =>
  new Promise((resolve) => {
    const options = { method, headers };
    http.request(origin + path, options, (heard) => heard.resume().on('end', resolve)).end();
  });
await ask('/users/1?x=1', 'GET');
await ask('/missing', 'POST');
await ask('/broken', 'PROPFIND');
await (await fetch(`${origin}/by-fetch?x=1`, { headers })).text();
await (await fetch(`${origin}/missing`, { headers })).text();
// The last response closes behind its last byte.
await new Promise((resolve) => setTimeout(resolve, 50));
await collector.flush();
const { metrics } = await collector.getSnapshot();
const counted = (side) =>
  [metrics[`http_${side}_request_duration_seconds`] ?? []]
    .flat()
    .reduce((sum, one) => sum + one.count, 0);
console.log(JSON.stringify({ server: counted('server'), client: counted('client') }));
process.exit();
