/**
 * Measures what a span with four attributes costs the thread that records it, here and with OpenTelemetry's SDK and its
 * `BatchSpanProcessor`: to start and to end it, and the CPU time of the thread in all, with what it does later to send
 * it. OpenTelemetry's exporter writes OTLP there; what it has written goes nowhere, as ours does.
 * `node bench/spans.mjs [--rounds 60]`
 */
import { createRequire } from 'node:module';
import { OTLPExporter, TelemetryCollector } from '../dist/node.js';
import { tracerProvider } from '../dist/opentelemetry.js';
import { discardingExporter } from './discarding-exporter.mjs';
import { ownThreadTime } from './harness/own-thread-time.mjs';
import { spanAttributes } from './inputs.mjs';

const peers = createRequire(new URL('peers/', import.meta.url));
const { ProtobufTraceSerializer } = peers('@opentelemetry/otlp-transformer');
const { BasicTracerProvider, BatchSpanProcessor } = peers('@opentelemetry/sdk-trace-base');

/** As many as a batch of ours has at most, so that each round hands over one. */
const SPANS = 1024;
const rounds = Number(process.argv[process.argv.indexOf('--rounds') + 1]) || 60;
const WARM_UP = 20;

function ours() {
  const logger = { warn() {}, error() {} };
  const collector = new TelemetryCollector({ logger });
  // Nobody listens there. Whether it arrives is no matter of the thread that records.
  const exporter = new OTLPExporter({
    url: 'http://127.0.0.1:9/v1/traces',
    queue: { maxBytes: 1 },
  });
  return { tracer: tracerProvider(collector, { exporter }).getTracer('bench'), ended: () => {} };
}

function theirs() {
  const exporter = discardingExporter(ProtobufTraceSerializer);
  // It sends after each round, so that no span is dropped.
  const processor = new BatchSpanProcessor(exporter, { maxQueueSize: 4 * SPANS });
  const provider = new BasicTracerProvider({ spanProcessors: [processor] });
  return { tracer: provider.getTracer('bench'), ended: () => processor.forceFlush() };
}

function record(tracer, first) {
  for (let i = 0; i < SPANS; i++) {
    const attributes = spanAttributes(first + i);
    tracer.startSpan('GET /users/:id', { kind: 1, attributes }).end();
  }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const contenders = { ours: ours(), OpenTelemetry: theirs() };
const found = Object.fromEntries(
  Object.keys(contenders).map((name) => [name, { call: [], all: [] }]),
);

for (let round = -WARM_UP; round < rounds; round++) {
  for (const [name, { tracer, ended }] of Object.entries(contenders)) {
    const before = ownThreadTime();
    record(tracer, round * SPANS);
    const call = ownThreadTime() - before;
    await ended();
    await turn();
    const all = ownThreadTime() - before;
    if (round < 0) continue;
    found[name].call.push(call / SPANS);
    found[name].all.push(all / SPANS);
  }
}

for (const [name, { call, all }] of Object.entries(found)) {
  console.log(
    `${name}: ${median(call).toFixed(0)} ns a span, ${median(all).toFixed(0)} ns with all that follows`,
  );
}
for (const what of ['call', 'all']) {
  const ratios = found.ours[what].map((ns, i) => ns / found.OpenTelemetry[what][i]);
  console.log(`ours / OpenTelemetry, ${what}: ${median(ratios).toFixed(2)}`);
}
process.exit();
