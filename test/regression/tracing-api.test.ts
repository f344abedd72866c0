/** Where calls of OpenTelemetry's API did something else than with its SDK, and cost an application something. */
import { EventEmitter } from 'node:events';
import {
  type Baggage,
  baggageEntryMetadataFromString,
  createContextKey,
  defaultTextMapGetter,
  defaultTextMapSetter,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type TraceState,
  trace,
} from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { contextManager, spanProcessors, w3cPropagator } from 'utilityfog-telemetry/opentelemetry';
import { describe, expect, it } from 'vitest';
import { makeCollector, sampleOf } from '../collectors.ts';
import { tracing } from '../opentelemetry/traces/tracing.ts';

const CONTEXT: SpanContext = {
  ...{ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 },
};
const unreadable = {
  serialize(): never {
    throw new Error('a state');
  },
} as unknown as TraceState;

describe('a span', () => {
  it.each([
    [[1, 2], { code: 1 }],
    [[2, 0], { code: 2, message: 'first' }],
    [[2, 1], { code: 1 }],
    [[2, 2], { code: 2, message: 'second' }],
    [[0, 2], { code: 2, message: 'second' }],
  ])('is fine for good once it was said to be: %j', async (codes, status) => {
    const { collector, tracer, spans } = await tracing();
    const span = tracer.startSpan('a');
    for (const [i, code] of codes.entries())
      span.setStatus({ code, message: ['first', 'second'][i]! });
    span.end();
    await collector.flush();
    expect(spans()[0]?.status).toEqual(status);
  });

  it('is not started without a function to run in it', async () => {
    const { collector, tracer, names } = await tracing();
    expect((tracer.startActiveSpan as (name: string) => unknown)('a')).toBeUndefined();
    await collector.flush();
    expect(names()).toEqual([]);
  });

  it('has no attributes that an object has inherited', async () => {
    const { collector, tracer, spans } = await tracing();
    const attributes = Object.assign(Object.create({ inherited: 1 }), { own: 2 });
    tracer.startSpan('a', { attributes }).end();
    await collector.flush();
    expect(spans()[0]?.attributes?.map(({ key }) => key)).toEqual(['own']);
  });

  it('lasts as long as its times say, to the nanosecond', async () => {
    const { collector, tracer, spans } = await tracing();
    tracer.startSpan('a', { startTime: [1_700_000_000, 999_999_999] }).end([1_700_000_001, 0]);
    await collector.flush();
    const [span] = spans();
    expect(BigInt(span!.endTimeUnixNano) - BigInt(span!.startTimeUnixNano)).toBe(1n);
  });

  it('does not begin in 1970 because it was given a list that is no time', async () => {
    const { collector, tracer, spans } = await tracing();
    tracer.startSpan('a', { startTime: [1, 2, 3] as never }).end();
    await collector.flush();
    expect(Number(spans()[0]!.startTimeUnixNano)).toBeGreaterThan(1e18);
  });

  it('arrives with its links if a trace state cannot be read, and begins a trace if there is no context', async () => {
    const { collector, tracer, spans } = await tracing();
    const around = trace.setSpanContext(ROOT_CONTEXT, { ...CONTEXT, traceState: unreadable });
    const links: Link[] = [{ context: { ...CONTEXT, traceState: unreadable } }];
    tracer.startSpan('state', { links }, around).end();
    const none = { spanContext: () => undefined } as unknown as Span;
    tracer.startSpan('none', {}, trace.setSpan(ROOT_CONTEXT, none)).end();
    await collector.flush();
    expect(spans().map(({ name, links: sent = [] }) => [name, sent.length])).toEqual([
      ['state', 1],
      ['none', 0],
    ]);
  });

  it('is recorded if a sampler could not read its links', async () => {
    const sampler = { shouldSample: () => ({ decision: 2 as const }) };
    const { tracer } = await tracing({ options: { sampler } });
    expect(tracer.startSpan('a', { links: 5 as never }).isRecording()).toBe(true);
  });

  it('does not count as open if it could not be started', async () => {
    const { collector, tracer } = await tracing();
    const options = {
      get attributes(): never {
        throw new Error('no');
      },
    };
    for (let i = 0; i < 100_000; i++) tracer.startSpan('a', options);
    expect(tracer.startSpan('b').isRecording()).toBe(true);
    await collector.flush();
    expect(
      await sampleOf(collector, 'telemetry_spans_dropped_total', { reason: 'too_many_open' }),
    ).toBeUndefined();
  });

  it('has all methods where a processor is told of it', async () => {
    const exported: unknown[] = [];
    const processor = {
      onStart(span: Span) {
        span.setStatus({ code: 2, message: 'by a processor' });
        span.addLink({ context: CONTEXT }).addLinks([{ context: CONTEXT }]);
        span.recordException(new Error('no'));
      },
      onEnd(span: { status: object; links: unknown[]; events: unknown[] }) {
        exported.push([span.status, span.links.length, span.events.length]);
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    const processors = spanProcessors([processor] as never[]);
    const { tracer } = await tracing({ options: { processors } });
    tracer.startSpan('a').end();
    expect(exported).toEqual([[{ code: 2, message: 'by a processor' }, 2, 1]]);
  });
});

describe('headers', () => {
  const written = (around = ROOT_CONTEXT) => {
    const headers: Record<string, string> = {};
    w3cPropagator.inject(around, headers, defaultTextMapSetter);
    return headers;
  };
  const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const passedOn = (headers: object) =>
    written(w3cPropagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter));
  const members = (count: number, value = '1') =>
    Array.from({ length: count }, (_, i) => `k${i}=${value}`).join();

  it('are not written where OpenTelemetry suppresses tracing', () => {
    const bag = propagation.createBaggage({ a: { value: '1' } });
    const around = trace.setSpanContext(propagation.setBaggage(ROOT_CONTEXT, bag), CONTEXT);
    expect(Object.keys(written(around))).toEqual(['traceparent', 'baggage']);
    expect(written(suppressTracing(around))).toEqual({});
  });

  it('keep the newest members of a trace state, in their order', () => {
    const state = (tracestate: string) => passedOn({ traceparent: parent, tracestate }).tracestate;
    expect(state(members(40))).toBe(members(32));
    // 512 characters are what everybody must pass on.
    const short = state(members(20, 'x'.repeat(40)))!;
    expect(members(20, 'x'.repeat(40)).startsWith(`${short},`)).toBe(true);
    expect(short.length).toBeGreaterThan(460);
    // One that does not fit makes room for those behind it.
    expect(state(`a=1,long=${'x'.repeat(600)},${members(3)}`)).toBe(`a=1,${members(3)}`);
  });

  it('have the baggage that can be written, beside what cannot', () => {
    const metadata = (text: string) => baggageEntryMetadataFromString(text);
    const bag = propagation.createBaggage({
      surrogate: { value: '\ud800' },
      symbol: { value: Symbol('x') as never },
      split: { value: '1', metadata: metadata('x\r\nset-cookie: y') },
      more: { value: '2', metadata: metadata('p,admin=1') },
      fine: { value: '3', metadata: metadata('p=1') },
    });
    expect(written(propagation.setBaggage(ROOT_CONTEXT, bag))).toEqual({
      baggage: 'split=1,more=2,fine=3;p=1',
    });
    const broken = { getAllEntries: () => [['a', undefined]] } as unknown as Baggage;
    expect(written(propagation.setBaggage(ROOT_CONTEXT, broken))).toEqual({});
  });

  it('give no baggage without a name', () => {
    expect(passedOn({ baggage: ' =1,%20=2,a=3' })).toEqual({ baggage: '%20=2,a=3' });
  });
});

it('an emitter can be bound again and again', () => {
  const manager = contextManager().enable();
  const key = createContextKey('key');
  const emitter = new EventEmitter();
  for (let i = 0; i < 20_000; i++) manager.bind(ROOT_CONTEXT.setValue(key, i), emitter);
  const seen: unknown[] = [];
  const listener = () => seen.push(manager.active().getValue(key));
  emitter.on('event', listener).emit('event');
  emitter.off('event', listener).emit('event');
  // As with OpenTelemetry's managers, the first context stays.
  expect(seen).toEqual([0]);
  manager.disable();
});

it('a processor is told of a span that the collector cannot take', async () => {
  const told: string[] = [];
  const processor = {
    ...{ onStart() {}, forceFlush: async () => {}, shutdown: async () => {} },
    onEnd: ({ name }: { name: string }) => void told.push(name),
  };
  const { provider } = await tracing({
    ...{ collector: makeCollector(), options: { processors: spanProcessors([processor]) } },
  });
  const span = provider.getTracer('t').startSpan('a');
  // What is not written anywhere else fails when the span is written.
  Object.defineProperty(span, 'traceState', {
    get() {
      throw new Error('replaced');
    },
  });
  span.end();
  expect(told).toEqual(['a']);
});
