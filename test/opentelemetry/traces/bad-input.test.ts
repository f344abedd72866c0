/** Whatever a program does with spans, nothing is thrown into it, and nothing grows without bound. */
import { type Attributes, context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { OTLPExporter } from 'utilityfog-telemetry';
import {
  parentBased,
  ratio,
  tailSampling,
  tracerProvider,
} from 'utilityfog-telemetry/opentelemetry';
import { describe, expect, it } from 'vitest';
import { logOf, makeCollector, sampleOf } from '../../collectors.ts';
import { tracing } from './tracing.ts';

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const thrower = {
  get bad(): never {
    throw new Error('a getter');
  },
  after: 1,
};

/** What a program gives where a span, or what belongs to one, is wanted. */
const ODD: readonly unknown[] = [
  ...[undefined, null, 0, Number.NaN, '', 'text', true, 5n, Symbol('s'), () => {}, [], {}, [[]]],
  ...[thrower, revoked(), new Date(Number.NaN), { a: revoked() }, Object.create(null), [thrower]],
];

it('throws nothing, whatever it is given', async () => {
  const { collector, tracer, provider, names } = await tracing();
  for (const odd of ODD as never[]) {
    provider.getTracer(odd, odd, odd);
    tracer.startSpan(odd).end();
    tracer.startSpan('options', odd).end();
    tracer.startSpan('context', {}, odd).end();
    tracer
      .startSpan('fields', { kind: odd, attributes: odd, links: odd, startTime: odd, root: odd })
      .end();
    const span = tracer.startSpan('methods');
    span.setAttribute(odd, odd).setAttribute('a', odd).setAttributes(odd).setAttributes({ odd });
    span.addEvent(odd, odd, odd).addEvent('e', { odd }, odd).addLink(odd).addLinks(odd);
    span.addLinks([odd]).addLink({ context: odd }).setStatus(odd).updateName(odd);
    span.setStatus({ code: odd, message: odd });
    span.recordException(odd, odd);
    span.end(odd);
  }
  tracer.startSpan('fine').end();
  expect((await collector.flush()).failures).toEqual([]);
  expect(names()).toContain('fine');
  expect(names().length).toBeGreaterThan(ODD.length * 3);
  expect(await sampleOf(collector, 'telemetry_spans_dropped_total', { reason: 'unsound' })).toBe(
    undefined,
  );
});

it('keeps those attributes that come before a getter that throws', async () => {
  const { collector, tracer, spans } = await tracing();
  const attributes = { before: 1, ...{} } as Attributes;
  Object.defineProperty(attributes, 'bad', { enumerable: true, get: () => thrower.bad });
  tracer.startSpan('a', { attributes }).end();
  await collector.flush();
  expect(spans()[0]!.attributes!.map(({ key }) => key)).toEqual(['before']);
  expect(logOf(collector).join()).toContain('the attribute of a span is not sound');
});

it('keeps of a huge span what fits, and says how much is missing', async () => {
  const { collector, tracer, spans } = await tracing();
  const span = tracer.startSpan('x'.repeat(1_000_000));
  for (let i = 0; i < 100; i++) span.setAttribute(`a${i}`, 'y'.repeat(1_000_000));
  span.setAttribute(
    'list',
    Array.from({ length: 100_000 }, () => 1),
  );
  for (let i = 0; i < 1000; i++) span.addEvent('e', { b: 'z'.repeat(100_000) });
  span.end();
  await collector.flush();
  const [sent] = spans();
  expect(sent!.name).toHaveLength(16_384);
  expect(sent!.attributes!.length).toBeLessThan(20);
  expect(sent!.droppedAttributesCount).toBe(101 - sent!.attributes!.length);
  expect(sent).toMatchObject({ droppedEventsCount: 1000 - 128 });
  expect(JSON.stringify(sent).length).toBeLessThan(400_000);
});

it('takes an attribute called like what every object has', async () => {
  const { collector, tracer, spans } = await tracing();
  const attributes = JSON.parse('{ "__proto__": "a", "constructor": "b", "toString": "c" }');
  tracer.startSpan('a', { attributes }).end();
  await collector.flush();
  const keys = spans()[0]!.attributes!.map(({ key }) => key);
  expect(keys).toEqual(['__proto__', 'constructor', 'toString']);
});

it('counts what ends twice, or never, and goes on in any order', async () => {
  const { collector, tracer, spans } = await tracing();
  const outer = tracer.startSpan('outer');
  const inner = tracer.startSpan('inner', {}, trace.setSpan(ROOT_CONTEXT, outer));
  tracer.startSpan('never');
  outer.end();
  outer.end();
  inner.end();
  tracer.startSpan('below one that has ended', {}, trace.setSpan(ROOT_CONTEXT, outer)).end();
  await collector.flush();
  expect(spans()).toHaveLength(3);
  expect(new Set(spans().map(({ traceId }) => traceId)).size).toBe(1);
  expect(logOf(collector).join()).toContain('the second end of a span is not sound');
});

it('records 100,000 open spans, and counts those beyond that', async () => {
  const { collector, tracer } = await tracing();
  const open: Span[] = [];
  for (let i = 0; i < 1_000_000; i++) {
    const span = tracer.startSpan('open');
    if (i % 100_000 === 0) open.push(span);
  }
  expect(open.map((span) => span.isRecording())).toEqual([true, ...Array(9).fill(false)]);
  // Those that are not recorded can be propagated nevertheless.
  expect(open[9]!.spanContext().traceId).toMatch(/^(?!0+$)[\da-f]{32}$/);
  await collector.flush();
  const dropped = { reason: 'too_many_open' };
  expect(await sampleOf(collector, 'telemetry_spans_dropped_total', dropped)).toBe(900_000);
  open[0]!.end();
  expect(tracer.startSpan('again').isRecording()).toBe(true);
});

it('measures by a clock that nobody sets', async () => {
  const { collector, tracer, spans } = await tracing();
  const now = Date.now;
  try {
    const outer = tracer.startSpan('outer');
    Date.now = () => now() - 3_600_000;
    const inner = tracer.startSpan('inner', {}, trace.setSpan(context.active(), outer));
    inner.end();
    Date.now = () => now() + 3_600_000;
    outer.end();
  } finally {
    Date.now = now;
  }
  await collector.flush();
  for (const { startTimeUnixNano, endTimeUnixNano } of spans()) {
    const lasted = Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano));
    expect(lasted).toBeGreaterThanOrEqual(0);
    expect(lasted).toBeLessThan(60e9);
  }
  const [inner, outer] = spans();
  expect(BigInt(inner!.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(outer!.startTimeUnixNano));
});

it('lets no sampler and no processor break the program', async () => {
  const sampler = {
    shouldSample(): never {
      throw new Error('the sampler');
    },
  };
  const { collector, tracer } = await tracing({ options: { sampler } });
  const span = tracer.startSpan('a');
  expect(span.isRecording()).toBe(false);
  span.end();
  expect(logOf(collector).join()).toContain('the sampler');
});

it('records a span whose links a sampler cannot be told of', async () => {
  const sampler = { shouldSample: () => ({ decision: 2 as const }) };
  const { tracer } = await tracing({ options: { sampler } });
  const unreadable = {
    get context(): never {
      throw new Error('the link');
    },
  };
  for (const links of [null, [null], [unreadable]]) {
    expect(tracer.startSpan('a', { links: links as never }).isRecording()).toBe(true);
  }
});

describe('a batch that no thread of ours sends', () => {
  const whole = () => ({
    ...{ count: 1, slots: new Float64Array(40), characters: new Uint16Array(4), size: 1 },
    ...{ outbox: 'mine', number: 1, lost: [] as unknown[] },
  });
  /** The slots of a span that is whole but for what is given. */
  const span = (name: number, bits = 1) =>
    Float64Array.of(bits, name, 0, 0, ...[1, 1, 1, 1, 1, 1], 1e12, 1e12, 0);
  const LONG = new Uint16Array(40_000).fill(65);
  it('is taken if it is sound', async () => {
    const { collector, tracer, names } = await tracing();
    tracer.startSpan('b').end();
    await collector.flush();
    const characters = Uint16Array.of(65, 0xd800);
    await collector.give('traces', { ...whole(), slots: span(2), characters });
    await collector.flush();
    expect(names()).toEqual(['b', 'A\ufffd']);
  });
  it.each([
    ['nothing', undefined],
    ['a text', 'batch'],
    ['no numbers', { ...whole(), slots: [1, 2] }],
    ['more spans than there are', { ...whole(), count: 1000 }],
    ['far more spans', { ...whole(), count: 1e9 }],
    ['zeros', whole()],
    ['more numbers than a batch has', { ...whole(), count: 0, slots: new Float64Array(2_000_000) }],
    ['numbers that are none', { ...whole(), slots: new Float64Array(40).fill(Number.NaN) }],
    ['numbers that are too large', { ...whole(), slots: new Float64Array(40).fill(1e18) }],
    ['no characters', { ...whole(), characters: ['a'] }],
    ['texts that are not there', { ...whole(), slots: span(2 * 32_768 + 3) }],
    ['a text that is too long', { ...whole(), slots: span(32_767), characters: LONG }],
    ['a text at no place', { ...whole(), slots: span(-32_767) }],
    ['a kind that is none', { ...whole(), slots: span(1, 6 * 512) }],
    ['a status that is none', { ...whole(), slots: span(1, 3 * 4096) }],
    ['bits that are none', { ...whole(), slots: span(1, 65_536) }],
    ['a loss that is none', { ...whole(), lost: [['a', -5]] }],
  ])('is counted and passed over: %s', async (_, batch) => {
    const { collector, tracer, names } = await tracing();
    tracer.startSpan('a').end();
    await collector.flush();
    await collector.give('traces', batch);
    tracer.startSpan('b').end();
    await collector.flush();
    expect(names()).toEqual(['a', 'b']);
    const unsound = { reason: 'unsound_spans' };
    expect(await sampleOf(collector, 'telemetry_errors_total', unsound)).toBe(1);
  });
});

describe('options that are wrong', () => {
  const url = 'http://localhost:4318';
  const wrong: readonly (readonly [string, () => unknown])[] = [
    ['collector', () => tracerProvider({} as never)],
    ['exporter', () => tracerProvider(makeCollector(), { exporter: {} as never })],
    ['/v1/traces', () => tracerProvider(makeCollector(), { exporter: new OTLPExporter({ url }) })],
    ['resource', () => tracerProvider(makeCollector(), { resource: 'shop' as never })],
    ['sampler', () => tracerProvider(makeCollector(), { sampler: 0.5 as never })],
    ['processors', () => tracerProvider(makeCollector(), { processors: [] as never })],
    ['spanMetrics', () => tracerProvider(makeCollector(), { spanMetrics: [2, 1] })],
    ['tail', () => tracerProvider(makeCollector(), { tail: true as never })],
    ['rate', () => tailSampling({ rate: 2 })],
    ['ratio()', () => ratio(2)],
    ['parentBased()', () => parentBased({} as never)],
  ];
  it.each(wrong)('are refused: %s', (name, call) => {
    expect(call).toThrow(expect.objectContaining({ code: 'invalid_option' }));
    expect(call).toThrow(name);
  });
});
