/** Limits of spans, the same for OpenTelemetry's implementation and ours where that has them. */
import { ROOT_CONTEXT, type Span } from '@opentelemetry/api';
import {
  type SpanLimitOptions,
  spanLimits,
  tracerProvider,
} from 'utilityfog-telemetry/opentelemetry';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeCollector } from '../../collectors.ts';
import { type Implementation, ours, theirs } from './implementations.ts';
import { type SentSpan, spansIn } from './sent-spans.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Returns what was sent of a span to which this was done. */
async function sentOf(
  { start }: Implementation,
  limits: SpanLimitOptions | undefined,
  fill: (span: Span) => void,
): Promise<SentSpan> {
  const { provider, sent } = await start(undefined, limits);
  const span = provider.getTracer('shop').startSpan('full', {}, ROOT_CONTEXT);
  fill(span);
  span.end();
  const [first] = spansIn(await sent());
  return first!;
}

/** What of a span depends on limits. */
const held = ({ attributes, droppedAttributesCount, events, droppedEventsCount }: SentSpan) => ({
  ...{ attributes, droppedAttributesCount, droppedEventsCount },
  events: events?.map(({ name }) => name),
});

function fillWith(count: number) {
  return (span: Span) => {
    for (let i = 0; i < count; i++) {
      span.setAttribute(`key ${i}`, `value ${i}`);
      span.addEvent(`event ${i}`);
    }
    // This one is there already, and takes no room.
    span.setAttribute('key 0', ['a longer text', 'b']);
  };
}

const CASES: readonly (readonly [string, SpanLimitOptions, Readonly<Record<string, string>>])[] = [
  ['defaults', {}, {}],
  ['few of each', { attributeCountLimit: 2, eventCountLimit: 3 }, {}],
  ['more than the default', { attributeCountLimit: 140, eventCountLimit: 140 }, {}],
  ['none of each', { attributeCountLimit: 0, eventCountLimit: 0 }, {}],
  ['short texts', { attributeValueLengthLimit: 7 }, {}],
  ['a length that is none', { attributeValueLengthLimit: 0 }, {}],
  [
    'variables of the environment',
    {},
    {
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '3',
      OTEL_ATTRIBUTE_COUNT_LIMIT: '4',
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: ' 5 ',
      OTEL_SPAN_EVENT_COUNT_LIMIT: '6',
    },
  ],
  [
    'options before variables',
    { attributeCountLimit: 5 },
    { OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '3', OTEL_SPAN_EVENT_COUNT_LIMIT: 'six' },
  ],
];

describe.each(CASES)('%s', (_, limits, variables) => {
  it('hold for a span as they do with OpenTelemetry', async () => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    const mine = await sentOf(ours, limits, fillWith(150));
    const other = await sentOf(theirs, limits, fillWith(150));
    expect(held(mine)).toEqual(held(other));
  });
});

describe('limits that the SDK has in its options only', () => {
  const context = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
  const attributes = { a: 'long', b: 'long', c: 'long' };
  const fill = (span: Span) => {
    span.addEvent('event', attributes);
    for (let i = 0; i < 4; i++) span.addLink({ context, attributes });
  };
  const texts = (all: SentSpan['attributes']) => all?.map(({ value }) => value);

  it('hold for links and for the attributes of events and links', async () => {
    const limits = {
      ...{ linkCountLimit: 2, attributePerEventCountLimit: 2, attributePerLinkCountLimit: 1 },
      attributeValueLengthLimit: 3,
    };
    const span = await sentOf(ours, limits, fill);
    expect(span).toMatchObject({
      droppedLinksCount: 2,
      events: [{ name: 'event', droppedAttributesCount: 1 }],
      links: [{ droppedAttributesCount: 2 }, { droppedAttributesCount: 2 }],
    });
    expect(texts(span.events![0]!.attributes)).toEqual(Array(2).fill({ stringValue: 'lon' }));
  });

  it('come from the environment, too', async () => {
    vi.stubEnv('OTEL_SPAN_LINK_COUNT_LIMIT', '3');
    vi.stubEnv('OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT', '0');
    vi.stubEnv('OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT', '2');
    const span = await sentOf(ours, undefined, fill);
    expect(span).toMatchObject({
      droppedLinksCount: 1,
      events: [{ name: 'event', droppedAttributesCount: 3 }],
      links: Array(3).fill({ droppedAttributesCount: 1 }),
    });
    expect(span.events![0]!.attributes).toBeUndefined();
  });
});

it('are never so high that a span costs the others of its batch', async () => {
  const long = 'x'.repeat(16_384);
  const limits = { attributeCountLimit: Infinity, eventCountLimit: 1e9, linkCountLimit: 1e9 };
  const context = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
  const traceState = { serialize: () => long } as never;
  const span = await sentOf(ours, limits, (span) => {
    for (let i = 0; i < 600; i++) {
      span.setAttribute(`${i}`, i);
      span.addEvent(long);
      span.addLink({ context: { ...context, traceState } });
    }
  });
  expect(span.attributes).toHaveLength(512);
  expect(span.events).toHaveLength(512);
  expect(span.links).toHaveLength(512);
  expect(span).toMatchObject({
    ...{ droppedAttributesCount: 88, droppedEventsCount: 88, droppedLinksCount: 88 },
  });
});

it('are what spanLimits() has made of sound options', () => {
  const collector = makeCollector();
  const bad = { spanLimits: { attributeCountLimit: 5 } as never };
  expect(() => tracerProvider(collector, bad)).toThrow(/spanLimits must be what spanLimits\(\)/);
  expect(() => spanLimits({ linkCountLimit: '5' as never })).toThrow(
    /linkCountLimit must be a num/,
  );
  expect(spanLimits({ attributeCountLimit: -1, eventCountLimit: Number.NaN })).toEqual(
    spanLimits(),
  );
});
