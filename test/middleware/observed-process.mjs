/** Has a process observed, and its spans sent to a receiver, for programs of tests. */
import { createRequire } from 'node:module';
import { OTLPExporter, TelemetryCollector } from '../../dist/node.js';
import { registerTracing, requestTracing, tracerProvider } from '../../dist/opentelemetry.js';
import { instrumentProcess } from '../../dist/server.js';

const require = createRequire(import.meta.url);

/**
 * Returns the collector, and `node:http` as it is observed.
 * @param url of the receiver of OTLP
 * @param observers `theirs` are OpenTelemetry's own packages, and `ours` is `instrumentProcess()`, which begins after them
 */
export function observeProcess(url, observers) {
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
  return { collector, http };
}
