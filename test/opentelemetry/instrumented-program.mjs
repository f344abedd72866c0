/**
 * An application that OpenTelemetry's own packages instrument, and whose metrics go to our collector: it answers and
 * makes requests, sends by OTLP to the URL that it was given, and prints where it can be scraped. It ends when its
 * input does.
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { metrics } from '@opentelemetry/api';
import { OTLPExporter, TelemetryCollector } from 'utilityfog-telemetry';
import { meterProvider } from 'utilityfog-telemetry/opentelemetry';

const require = createRequire(import.meta.url);
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { RuntimeNodeInstrumentation } = require('@opentelemetry/instrumentation-runtime-node');
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici');

process.env.OTEL_SEMCONV_STABILITY_OPT_IN = 'http';
const collector = new TelemetryCollector();
const provider = meterProvider(collector, { resource: { 'service.name': 'shop' } });
metrics.setGlobalMeterProvider(provider);

const instrumentations = [
  new HttpInstrumentation(),
  new UndiciInstrumentation(),
  new RuntimeNodeInstrumentation({ monitoringPrecision: 10 }),
];
for (const one of instrumentations) {
  one.setMeterProvider(provider);
  one.enable();
}

// The packages patch modules that are loaded after them.
const http = require('node:http');
const server = http.createServer((request, response) => {
  response.statusCode = request.url === '/missing' ? 404 : 200;
  response.end('hello');
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const url = `http://127.0.0.1:${server.address().port}`;
for (const path of ['/', '/', '/missing']) {
  await (await fetch(url + path)).text();
  await new Promise((resolve) => {
    http.get(url + path, (response) => response.resume().on('end', resolve));
  });
}

const [receiver] = process.argv.slice(2);
const compression = 'none'; // the receiver of the test knows no other
const sent =
  receiver && (await new OTLPExporter({ url: receiver, compression }).exportMetrics(collector));
const { url: scraped } = await collector.serve({ port: 0 });
console.log(JSON.stringify({ scraped, sent }));
process.stdin.resume().on('end', () => process.exit());
