/** What spans become, the same for OpenTelemetry's implementation and ours. */
import {
  context,
  createTraceState,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { type Implementation, ours, register, theirs } from './implementations.ts';
import { type SentTraces, spansIn } from './sent-spans.ts';

const both = [ours, theirs];

/** Puts a number in the place of each ID, since they are random. */
function withoutIds(traces: readonly SentTraces[]): unknown {
  const known = new Map<string, string>();
  const numbered = (id: string) => {
    if (!known.has(id)) known.set(id, `#${known.size}`);
    return known.get(id)!;
  };
  return JSON.parse(JSON.stringify(traces), (key, value) =>
    /^(traceId|spanId|parentSpanId)$/.test(key) ? numbered(value) : value,
  );
}

const AT: [number, number] = [1_700_000_000, 123_456_789];
const after = (nanoseconds: number): [number, number] => [AT[0], AT[1] + nanoseconds];

/** Programs whose times are given, so that what is sent can be compared. */
const PROGRAMS: Readonly<Record<string, (tracer: Tracer, other: Tracer) => void>> = {
  'a span with attributes of all types': (tracer) => {
    const attributes = {
      ...{ text: 'ä😀', empty: '', yes: true, no: false, zero: 0, whole: 12, below: -7 },
      ...{ fraction: 0.1, 'a.b': 'c', texts: ['a', 'b'], numbers: [1, -2.5], flags: [true] },
      ...{ none: [], gaps: ['a', null, undefined, 'b'], most: Number.MAX_SAFE_INTEGER },
    };
    tracer.startSpan('all', { attributes, startTime: AT }).end(after(1));
  },
  'a parent and its children, and kinds': (tracer, other) => {
    const parent = tracer.startSpan('parent', { kind: SpanKind.SERVER, startTime: AT });
    const inside = trace.setSpan(ROOT_CONTEXT, parent);
    for (const kind of [SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER]) {
      other.startSpan(`child ${kind}`, { kind, startTime: after(1) }, inside).end(after(2));
    }
    parent.end(after(3));
  },
  'events, an exception and a status': (tracer) => {
    const span = tracer.startSpan('eventful', { startTime: AT });
    span.addEvent('plain', AT);
    span.addEvent('with attributes', { a: 1, b: ['x'] }, after(1));
    span.recordException({ name: 'TypeError', message: 'no', stack: 'at home' }, after(2));
    span.recordException('words', after(3));
    span.recordException({ stack: 'neither type nor message' } as never, after(3));
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'broken' });
    span.end(after(4));
    const fine = tracer.startSpan('fine', { startTime: AT });
    fine.setStatus({ code: SpanStatusCode.OK });
    fine.end(AT);
  },
  links: (tracer) => {
    const one = tracer.startSpan('one', { startTime: AT });
    const context = {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
    };
    const links = [
      { context, attributes: { why: 'x' } },
      { context: { ...context, isRemote: true } },
    ];
    const two = tracer.startSpan('two', { startTime: AT, links });
    two.addLink({ context: one.spanContext() });
    two.end(after(1));
    one.end(after(2));
  },
  'a parent from elsewhere, with a state': (tracer) => {
    const around = trace.setSpanContext(ROOT_CONTEXT, {
      ...{ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 },
      ...{ isRemote: true, traceState: createTraceState('a=1,b=2') },
    });
    const inner = tracer.startSpan('inner', { startTime: AT }, around);
    tracer.startSpan('innermost', { startTime: AT }, trace.setSpan(around, inner)).end(AT);
    inner.end(AT);
    tracer.startSpan('root again', { startTime: AT, root: true }, around).end(AT);
  },
  'changes, and those that come too late': (tracer) => {
    const span = tracer.startSpan('first', { startTime: AT, attributes: { a: 1, b: 2 } });
    span.setAttribute('a', 'other').setAttributes({ c: 3, a: 'again' });
    span.updateName('second');
    span.end(after(1));
    span.setAttribute('d', 4).addEvent('late').setStatus({ code: 2 }).updateName('third');
    span.end(after(9));
  },
  'more attributes than a span may have': (tracer) => {
    const span = tracer.startSpan('many', { startTime: AT });
    for (let i = 0; i < 130; i++) span.setAttribute(`a${i}`, i);
    span.setAttribute('a0', 'still changed');
    for (let i = 0; i < 130; i++) span.addEvent(`e${i}`, AT);
    span.end(AT);
  },
  'an end before the start': (tracer) => {
    tracer.startSpan('backwards', { startTime: AT }).end([AT[0] - 5, 0]);
    const dated = tracer.startSpan('dated', { startTime: new Date(1_700_000_000_500) });
    dated.end(1_700_000_000_501.25);
  },
  'what is no attribute': (tracer) => {
    const bad = {
      object: {},
      mixed: [1, 'a'],
      fn: () => {},
      nothing: null,
      missing: undefined,
      '': 1,
    };
    const span = tracer.startSpan('bad', { startTime: AT, attributes: bad as never });
    span.setAttributes({ ...bad, good: 1 } as never);
    span.end(AT);
  },
};

describe('what is sent', () => {
  it.each(Object.keys(PROGRAMS))('is what OpenTelemetry sends: %s', async (name) => {
    const [mine, reference] = await Promise.all(
      both.map(async (one) => {
        const { provider, sent } = await one.start();
        const tracer = provider.getTracer('one', '1.2', { schemaUrl: 'https://schema' });
        PROGRAMS[name]!(tracer, provider.getTracer('two'));
        return withoutIds(await sent());
      }),
    );
    expect(reference).not.toEqual([]);
    expect(mine).toEqual(reference);
  });
});

it('samples the traces that OpenTelemetry samples', () => {
  const ids = Array.from({ length: 400 }, (_, i) =>
    [1, 2, 3, 4]
      .map((n) => (((i + 1) * 2654435761 * n) >>> 0).toString(16).padStart(8, '0'))
      .join(''),
  );
  for (const share of [0, 0.001, 0.3, 1]) {
    const [mine, reference] = both.map((one) => {
      const sampler = one.ratio(share) as {
        shouldSample(...about: unknown[]): { decision: number };
      };
      return ids.filter(
        (id) => sampler.shouldSample(ROOT_CONTEXT, id, '', 0, {}, []).decision === 2,
      );
    });
    expect(mine).toEqual(reference);
    if (share === 0.3) expect(mine).not.toHaveLength(0);
  }
});

it('sends the numbers and texts of which OpenTelemetry makes others', async () => {
  const { provider, sent } = await ours.start();
  const attributes = { huge: 1e300, minus: -0, text: 'a\ud800b' };
  provider.getTracer('').startSpan('a', { attributes }).end();
  const [span] = spansIn(await sent());
  const values = Object.fromEntries(span!.attributes!.map(({ key, value }) => [key, value]));
  expect(values).toEqual({
    huge: { doubleValue: 1e300 },
    minus: { doubleValue: -0 },
    text: { stringValue: 'a\ufffdb' },
  });
});

describe.each(both)('$name', (one: Implementation) => {
  const start = async (sampler?: unknown) => {
    const { provider, sent } = await one.start(sampler);
    register(provider, one);
    const names = async () => spansIn(await sent()).map(({ name }) => name);
    return { tracer: trace.getTracer('test'), sent, names };
  };

  it('nests spans over asynchronous calls', async () => {
    const { tracer, sent } = await start();
    await tracer.startActiveSpan('outer', async (outer) => {
      await new Promise((resolve) => setImmediate(resolve));
      expect(trace.getActiveSpan()).toBe(outer);
      await Promise.all(
        ['a', 'b'].map((name) =>
          tracer.startActiveSpan(name, async (span: Span) => {
            await null;
            tracer.startSpan(`${name}${name}`).end();
            span.end();
          }),
        ),
      );
      outer.end();
    });
    expect(trace.getActiveSpan()).toBeUndefined();
    const spans = spansIn(await sent());
    const parentOf = Object.fromEntries(
      spans.map(({ name, parentSpanId }) => [
        name,
        spans.find(({ spanId }) => spanId === parentSpanId)?.name,
      ]),
    );
    expect(parentOf).toEqual({ outer: undefined, a: 'outer', b: 'outer', aa: 'a', bb: 'b' });
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  });

  it('gives what the function returns, and throws what it throws', async () => {
    const { tracer } = await start();
    expect(tracer.startActiveSpan('a', () => 5)).toBe(5);
    expect(tracer.startActiveSpan('a', {}, () => 6)).toBe(6);
    expect(tracer.startActiveSpan('a', {}, context.active(), () => 7)).toBe(7);
    expect(() =>
      tracer.startActiveSpan('a', () => {
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(trace.getActiveSpan()).toBeUndefined();
  });

  it('sends a trace on by headers, and takes one', async () => {
    const { tracer, sent } = await start();
    const carrier: Record<string, string> = {};
    tracer.startActiveSpan('here', (span) => {
      const bag = propagation.createBaggage({ user: { value: 'ä b,c' }, n: { value: '1' } });
      propagation.inject(propagation.setBaggage(context.active(), bag), carrier);
      const { traceId, spanId } = span.spanContext();
      expect(carrier).toEqual({
        traceparent: `00-${traceId}-${spanId}-01`,
        baggage: 'user=%C3%A4%20b%2Cc,n=1',
      });
      span.end();
    });
    const there = propagation.extract(ROOT_CONTEXT, { ...carrier, tracestate: 'x=1' });
    expect(propagation.getBaggage(there)?.getEntry('user')?.value).toBe('ä b,c');
    tracer.startSpan('there', {}, there).end();
    const [here, beyond] = spansIn(await sent());
    expect(beyond).toMatchObject({ traceId: here!.traceId, parentSpanId: here!.spanId });
    expect(beyond).toMatchObject({ traceState: 'x=1', flags: 0x301 });
  });

  const PARENTS = [
    '',
    'nothing',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0',
    `00-${'a'.repeat(100_000)}`,
  ];
  it.each(PARENTS)('takes no parent from a header that lies (%#)', (traceparent) => {
    const around = one.propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);
    expect(trace.getSpanContext(around)).toBeUndefined();
  });

  it('takes a later version of the header for what it knows of it', () => {
    const traceparent = 'cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-else';
    const around = one.propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);
    expect(trace.getSpanContext(around)).toMatchObject({
      spanId: 'b7ad6b7169203331',
      isRemote: true,
    });
  });

  it('writes no header for a context without a span', () => {
    const carrier = {};
    one.propagator.inject(ROOT_CONTEXT, carrier, defaultTextMapSetter);
    expect(carrier).toEqual({});
  });

  it('does what the parent does', async () => {
    const { tracer, names } = await start(one.parentBased(one.ratio(0)));
    const withFlags = (traceFlags: number) =>
      trace.setSpanContext(ROOT_CONTEXT, {
        ...{ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags },
      });
    tracer.startSpan('root').end();
    tracer.startSpan('sampled', {}, withFlags(1)).end();
    const dropped = tracer.startSpan('not sampled', {}, withFlags(0));
    // Its IDs go on nevertheless.
    expect(dropped.isRecording()).toBe(false);
    expect(dropped.spanContext()).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      traceFlags: 0,
    });
    expect(dropped.spanContext().spanId).not.toBe('b7ad6b7169203331');
    tracer.startSpan('below', {}, trace.setSpan(ROOT_CONTEXT, dropped)).end();
    expect(await names()).toEqual(['sampled']);
  });

  it('takes attributes and a state from a sampler', async () => {
    const sampler = {
      shouldSample: () => ({
        ...{ decision: 2, attributes: { why: 'because' }, traceState: createTraceState('s=1') },
      }),
    };
    const { tracer, sent } = await start(sampler);
    tracer.startSpan('a', { attributes: { a: 1 } }).end();
    const [span] = spansIn(await sent());
    expect(span).toMatchObject({ traceState: 's=1' });
    expect(span!.attributes!.map(({ key }) => key)).toEqual(['a', 'why']);
  });

  it('tells a sampler only of attributes that are sound', async () => {
    let told: unknown[] = [];
    const sampler = {
      shouldSample: (...given: unknown[]) => {
        told = given.slice(4);
        return { decision: 2 };
      },
    };
    const { tracer } = await start(sampler);
    const attributes = { a: 1, b: [true], c: { d: 1 }, e: [0, ''], '': 'f' } as never;
    const context = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
    tracer.startSpan('a', { attributes, links: [{ context, attributes }] }).end();
    const sound = { a: 1, b: [true] };
    expect(told).toEqual([sound, [{ context, attributes: sound }]]);
  });

  it('traces nothing where OpenTelemetry has suppressed it', async () => {
    const { suppressTracing } = await import('@opentelemetry/core');
    const { tracer, names } = await start();
    const span = tracer.startSpan('a', {}, suppressTracing(ROOT_CONTEXT));
    span.end();
    expect(span.isRecording()).toBe(false);
    tracer.startSpan('b').end();
    expect(await names()).toEqual(['b']);
  });
});
