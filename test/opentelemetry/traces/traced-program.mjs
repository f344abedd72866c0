/** Makes a trace, prints what it knows of it, and ends without a flush. */
import * as api from '@opentelemetry/api';
import { OTLPExporter, TelemetryCollector } from '../../../dist/node.js';
import { registerTracing, tracerProvider } from '../../../dist/opentelemetry.js';

const { url, compression } = JSON.parse(process.argv[2]);
const collector = new TelemetryCollector();
const exporter = new OTLPExporter({ url: `${url}/v1/traces`, compression });
registerTracing(tracerProvider(collector, { exporter }));
const tracer = api.trace.getTracer('program');
const outerId = await tracer.startActiveSpan('outer', async (outer) => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  await tracer.startActiveSpan('inner', { attributes: { a: 1 } }, async (inner) => {
    await null;
    inner.end();
  });
  outer.end();
  return outer.spanContext().spanId;
});
console.log(JSON.stringify({ outerId }));
