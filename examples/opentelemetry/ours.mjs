/** Metrics and traces of the service, with utilityfog-telemetry in the place of OpenTelemetry's SDK. */
import { metrics } from '@opentelemetry/api';
import { OTLPExporter, PeriodicExporter, TelemetryCollector } from 'utilityfog-telemetry';
import { meterProvider, registerTracing, tracerProvider } from 'utilityfog-telemetry/opentelemetry';
import { instrument, interval, receiver, resource } from './instrumentations.mjs';

const collector = new TelemetryCollector();
const exporter = new OTLPExporter({ url: `${receiver}/v1/metrics` }); // spans go to /v1/traces
const tracing = tracerProvider(collector, { exporter, resource, spanMetrics: false });
const metering = meterProvider(collector, { resource });
registerTracing(tracing);
metrics.setGlobalMeterProvider(metering);
instrument({ tracerProvider: tracing, meterProvider: metering });

await new PeriodicExporter(exporter, collector, { interval }).start();
// The original has no such port. What a Prometheus reads there are the same metrics.
const { url } = await collector.serve({ port: Number(process.env.METRICS_PORT ?? 9464) });
console.log(`metrics  ${url}`);
