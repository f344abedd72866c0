/** utilityfog-telemetry: the page writes spans into batches, and the worker sends them. */
import { formatPrometheus, OTLPExporter, TelemetryCollector } from 'utilityfog-telemetry';
import { tracerProvider } from 'utilityfog-telemetry/opentelemetry';
import { countSamples } from '../../harness/exposition.mjs';

/** @param {string} url  where spans are sent */
export async function open(url) {
  const collector = new TelemetryCollector();
  const exporter = new OTLPExporter({ url });
  const tracer = tracerProvider(collector, { exporter }).getTracer('bench');
  await collector.flush();
  return {
    link: collector.link,
    span: (name, options) => tracer.startSpan(name, options).end(),
    async sent() {
      await collector.flush();
      return countSamples(await formatPrometheus(collector), 'telemetry_spans_total').total;
    },
    close: () => collector.shutdown(),
  };
}
