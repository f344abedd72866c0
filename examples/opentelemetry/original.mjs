/** Metrics and traces of the service, with OpenTelemetry's SDK and its exporters. */
import { metrics } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import * as common from './instrumentations.mjs';

const resource = resourceFromAttributes(common.resource);
const spans = new OTLPTraceExporter({ url: `${common.receiver}/v1/traces` });
const tracing = new NodeTracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor(spans)],
});
const reader = new PeriodicExportingMetricReader({
  exporter: new OTLPMetricExporter({ url: `${common.receiver}/v1/metrics` }),
  exportIntervalMillis: 1000 * common.interval,
});
const metering = new MeterProvider({ resource, readers: [reader] });
tracing.register();
metrics.setGlobalMeterProvider(metering);
common.instrument({ tracerProvider: tracing, meterProvider: metering });
