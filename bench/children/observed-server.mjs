/**
 * Answers requests that a thread of its own process makes, observed as the argument says, and tells its parent how many
 * nanoseconds of CPU time a request took the thread that answers.
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { discardingExporter } from '../discarding-exporter.mjs';

const REQUESTS = 2000;
const AT_A_TIME = 8;

/** OpenTelemetry's packages are among those of the tests. */
const peers = createRequire(new URL('../../test/', import.meta.url));

async function observe(contender) {
  if (contender === 'ours') {
    const { OTLPExporter, TelemetryCollector } = await import('../../dist/node.js');
    const { registerTracing, requestTracing, tracerProvider } = await import(
      '../../dist/opentelemetry.js'
    );
    const { instrumentProcess } = await import('../../dist/server.js');
    const collector = new TelemetryCollector({ logger: { warn() {}, error() {} } });
    // Nobody listens there. Whether it arrives is no matter of the thread that answers.
    const url = 'http://127.0.0.1:9/v1/traces';
    const exporter = new OTLPExporter({ url, queue: { maxBytes: 1 } });
    registerTracing(tracerProvider(collector, { exporter }));
    instrumentProcess(collector, { tracing: requestTracing() });
  }
  if (contender === 'OpenTelemetry') await observeByOpenTelemetry();
}

async function observeByOpenTelemetry() {
  process.env.OTEL_SEMCONV_STABILITY_OPT_IN = 'http';
  const { context, propagation } = peers('@opentelemetry/api');
  const { HttpInstrumentation } = peers('@opentelemetry/instrumentation-http');
  const { BasicTracerProvider, BatchSpanProcessor } = peers('@opentelemetry/sdk-trace-base');
  const { MeterProvider } = peers('@opentelemetry/sdk-metrics');
  const { ProtobufTraceSerializer } = peers('@opentelemetry/otlp-transformer');
  // It is an `AsyncLocalStorage`, as OpenTelemetry's is.
  const { contextManager } = await import('../../dist/opentelemetry.js');
  const { W3CTraceContextPropagator } = peers('@opentelemetry/core');
  const exporter = discardingExporter(ProtobufTraceSerializer);
  const processor = new BatchSpanProcessor(exporter, { maxQueueSize: 4 * REQUESTS });
  context.setGlobalContextManager(contextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const instrumentation = new HttpInstrumentation();
  instrumentation.setTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }));
  instrumentation.setMeterProvider(new MeterProvider());
  instrumentation.enable();
}

async function serve(contender) {
  await observe(contender);
  const { ownThreadTime } = await import('../harness/own-thread-time.mjs');
  // OpenTelemetry changes what is loaded by `require()` after it.
  const { createServer } = peers('node:http');
  const server = createServer((_, response) => response.end('answer')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const asking = new Worker(new URL(import.meta.url), { workerData: server.address().port });
  process.on('message', async () => {
    const before = ownThreadTime();
    asking.postMessage('round');
    await once(asking, 'message');
    // What follows later belongs to it.
    await new Promise((resolve) => setTimeout(resolve, 200));
    process.send((ownThreadTime() - before) / REQUESTS);
  });
  process.send('ready');
}

async function ask() {
  const { Agent, get } = await import('node:http');
  const agent = new Agent({ keepAlive: true, maxSockets: AT_A_TIME });
  const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
  const one = () =>
    new Promise((resolve, reject) => {
      const options = { port: workerData, path: '/users/1?x=1', agent, headers };
      get(options, (response) => response.resume().on('end', resolve)).on('error', reject);
    });
  parentPort.on('message', async () => {
    for (let i = 0; i < REQUESTS; i += AT_A_TIME) {
      await Promise.all(Array.from({ length: AT_A_TIME }, one));
    }
    parentPort.postMessage('done');
  });
}

if (isMainThread) await serve(process.argv[2]);
else await ask();
