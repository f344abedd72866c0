/** What instruments the service, whoever takes what it finds out. */
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';

process.env.OTEL_SEMCONV_STABILITY_OPT_IN ??= 'http';

export const resource = { 'service.name': 'shop' };
/** An OpenTelemetry Collector, or whatever else takes OTLP. */
export const receiver = process.env.OTLP_URL ?? 'http://127.0.0.1:4318';
/** How often metrics are sent, in seconds. */
export const interval = Number(process.env.EXPORT_INTERVAL ?? 5);

export function instrument(providers) {
  registerInstrumentations({
    ...providers,
    instrumentations: [
      new HttpInstrumentation(),
      new UndiciInstrumentation(),
      new RuntimeNodeInstrumentation(),
    ],
  });
}
