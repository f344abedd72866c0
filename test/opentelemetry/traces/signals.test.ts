/** Where spans, metrics and events meet. */
import { trace } from '@opentelemetry/api';
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { formatOpenMetrics, MultiExporter, OTLPExporter } from 'utilityfog-telemetry';
import {
  contextManager,
  spanExemplars,
  spanProcessors,
  tracerProvider,
  w3cPropagator,
} from 'utilityfog-telemetry/opentelemetry';
import { describe, expect, it } from 'vitest';
import { LINKS, logOf, makeCollector, sampleOf } from '../../collectors.ts';
import { receiver } from '../../exporters/http-server.ts';
import { RESOURCE, register, theirs } from './implementations.ts';
import { tracing } from './tracing.ts';

it('puts the active span into exemplars of metrics', async () => {
  const { collector, provider, tracer } = await tracing();
  register(provider, { propagator: w3cPropagator }, contextManager());
  const duration = collector.registerHistogram('h_seconds', '', {
    buckets: [1],
    exemplars: spanExemplars,
  });
  const id = tracer.startActiveSpan('a', (span) => {
    duration.observe(0.5);
    span.end();
    return span.spanContext();
  });
  duration.observe(2);
  const lines = (await formatOpenMetrics(collector)).split('\n');
  const bucket = (le: string) =>
    lines.find((line) => line.startsWith(`h_seconds_bucket{le="${le}"`));
  expect(bucket('1.0')).toContain(`trace_id="${id.traceId}"`);
  expect(bucket('1.0')).toContain(`span_id="${id.spanId}"`);
  expect(bucket('+Inf')).not.toContain('trace_id');
});

it('puts the active span into events, which leave as log records with its IDs', async () => {
  const { url, received } = await receiver();
  const { collector, provider, tracer } = await tracing();
  register(provider, { propagator: w3cPropagator }, contextManager());
  const { traceId, spanId } = tracer.startActiveSpan('a', (span) => {
    collector.recordEvent('inside', 1, { labels: { user: '5' } });
    collector.recordEvent('own', 1, { labels: { span_id: 'mine' } });
    span.end();
    return span.spanContext();
  });
  collector.recordEvent('outside', 1);
  const [inside, own, outside] = await collector.getEvents();
  expect(inside).toMatchObject({ labels: { trace_id: traceId, span_id: spanId, user: '5' } });
  expect(inside!.metadata).toEqual({});
  expect(own!.labels).toEqual({ trace_id: traceId, span_id: 'mine' });
  expect(outside!.labels).toEqual({});
  const logs = new OTLPExporter({
    url: `${url}/v1/metrics`,
    events: true,
    encoding: 'json',
    compression: 'none',
  });
  await new MultiExporter([logs]).exportMetrics(collector);
  const sent = received.find(({ path }) => path === '/v1/logs');
  expect(String(sent!.body)).toContain(`"traceId":"${traceId}","spanId":"${spanId}"`);
});

describe.each(LINKS)('metrics of spans, %s link', (link) => {
  it('count rate, errors and duration by name, with exemplars that lead to spans', async () => {
    const { collector, tracer } = await tracing({ collector: { link } });
    const at = (nanoseconds: number): [number, number] => [1_700_000_000, nanoseconds];
    for (const lasted of [2e6, 30e6, 4e9])
      tracer.startSpan('load', { kind: 1, startTime: at(0) }).end(at(lasted));
    const failed = tracer.startSpan('load', { kind: 1, startTime: at(0) });
    failed.setStatus({ code: 2 });
    failed.end(at(1e6));
    await collector.flush();
    const labels = {
      span_name: 'load',
      span_kind: 'SPAN_KIND_SERVER',
      status_code: 'STATUS_CODE_UNSET',
    };
    const duration = 'traces_span_metrics_duration_seconds';
    expect(await sampleOf(collector, 'traces_span_metrics_calls_total', labels)).toBe(3);
    expect(await sampleOf(collector, `${duration}_count`, labels)).toBe(3);
    expect(await sampleOf(collector, `${duration}_sum`, labels)).toBeCloseTo(4.032);
    expect(await sampleOf(collector, `${duration}_bucket`, { ...labels, le: '0.005' })).toBe(1);
    const errors = { ...labels, status_code: 'STATUS_CODE_ERROR' };
    expect(await sampleOf(collector, 'traces_span_metrics_calls_total', errors)).toBe(1);
    const { traceId, spanId } = failed.spanContext();
    expect(await formatOpenMetrics(collector)).toContain(
      `status_code="STATUS_CODE_ERROR",le="0.005"} 1 # {trace_id="${traceId}",span_id="${spanId}"}`,
    );
  });
});

it('has bounds of its own, and can be without metrics of spans', async () => {
  const { collector, tracer } = await tracing({ options: { spanMetrics: [1, 2] } });
  tracer.startSpan('a').end();
  await collector.flush();
  const text = await formatOpenMetrics(collector);
  expect(text.match(/span_metrics_duration_seconds_bucket\{[^}]*le="[^"]+"/g)).toHaveLength(3);
  const other = await tracing({ options: { spanMetrics: false } });
  other.tracer.startSpan('a').end();
  await other.collector.flush();
  expect(await formatOpenMetrics(other.collector)).not.toContain('traces_span_metrics');
});

it('lets many names share one series', async () => {
  const { collector, tracer } = await tracing();
  for (let i = 0; i < 1200; i++) tracer.startSpan(`/users/${i}`).end();
  await collector.flush();
  const labels = { span_name: 'otel.metric.overflow', span_kind: '', status_code: '' };
  expect(await sampleOf(collector, 'traces_span_metrics_calls_total', labels)).toBe(200);
});

describe("OpenTelemetry's processors", () => {
  it('see spans as those of OpenTelemetry', async () => {
    const exporter = new InMemorySpanExporter();
    const reference = new InMemorySpanExporter();
    const started: string[] = [];
    const watching = {
      onStart: (span: { name: string; setAttribute(key: string, value: string): unknown }) => {
        started.push(span.name);
        span.setAttribute('added', 'by a processor');
      },
      onEnd() {},
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    const processors = spanProcessors([watching, new SimpleSpanProcessor(exporter)] as never[]);
    const { provider } = await tracing({ options: { processors, resource: RESOURCE } });
    const { BasicTracerProvider } = await import('@opentelemetry/sdk-trace-base');
    const theirs = new BasicTracerProvider({
      spanProcessors: [watching as never, new SimpleSpanProcessor(reference)],
    });
    for (const one of [provider, theirs]) {
      const tracer = one.getTracer('t', '1');
      const link = {
        context: {
          traceId: '0af7651916cd43dd8448eb211c80319c',
          spanId: 'b7ad6b7169203331',
          traceFlags: 1,
        },
      };
      const span = tracer.startSpan('a', {
        startTime: [5, 900_000_000],
        attributes: { a: [1] },
        kind: 2,
      });
      span.addEvent('e', { b: 1 }, [6, 0]).addLink(link).setStatus({ code: 2, message: 'no' });
      span.end([7, 100_000_000]);
    }
    await provider.forceFlush();
    expect(started).toEqual(['a', 'a']);
    const seen = [exporter, reference].map((one) => {
      const [span] = one.getFinishedSpans();
      const { name, kind, startTime, endTime, duration, status, attributes, events, ended } = span!;
      const { instrumentationScope, droppedAttributesCount, parentSpanContext } = span!;
      const links = span!.links.map(({ context }) => context.spanId);
      const of = events.map((event) => ({ ...event }));
      return {
        ...{ name, kind, startTime, endTime, duration, status, attributes, of, links, ended },
        ...{ instrumentationScope, droppedAttributesCount, parentSpanContext },
      };
    });
    expect(seen[0]).toEqual(seen[1]);
  });

  it('are flushed and ended with the provider, and what they throw goes no further', async () => {
    const exporter = new InMemorySpanExporter();
    const broken = {
      onStart: () => Promise.reject,
      onEnd() {
        throw new Error('the processor');
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    const processors = spanProcessors([broken, new BatchSpanProcessor(exporter)] as never[]);
    const { collector, provider, tracer, names } = await tracing({ options: { processors } });
    tracer.startSpan('a').end();
    await provider.forceFlush();
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['a']);
    expect(names()).toEqual(['a']);
    expect(logOf(collector).join()).toContain('the processor');
    await provider.shutdown();
    expect(tracer.startSpan('b').isRecording()).toBe(false);
  });
});

it('is registered once, beside another copy of @opentelemetry/api', async () => {
  const { registerTracing } = await import('utilityfog-telemetry/opentelemetry');
  const { provider } = await tracing();
  const { provider: other } = await theirs.start();
  register(provider, { propagator: w3cPropagator });
  // Another one is there already.
  expect(registerTracing(other)).toBe(false);
  trace.disable();
  expect(trace.getTracer('a').startSpan('a').isRecording()).toBe(false);
  const collector = makeCollector();
  const { context, propagation } = await import('@opentelemetry/api');
  context.disable();
  propagation.disable();
  expect(registerTracing(tracerProvider(collector))).toBe(true);
  // The test has a copy of the API that is not the one which the library imports.
  expect(
    trace.getTracer('a').startActiveSpan('a', () => trace.getActiveSpan()?.isRecording()),
  ).toBe(true);
});
