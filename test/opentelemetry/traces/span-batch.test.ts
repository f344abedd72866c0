/** Tests that spans are read from a batch as they were recorded, whatever was written before them. */
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/bridges/opentelemetry/traces/limits.ts';
import type { RecordedSpan } from '../../../src/bridges/opentelemetry/traces/recorded-span.ts';
import { RecordingTracer } from '../../../src/bridges/opentelemetry/traces/tracer.ts';
import { writeSpan } from '../../../src/bridges/opentelemetry/traces/written-span.ts';
import { readSpans } from '../../../src/features/traces/span-reader.ts';
import { SpanWriter } from '../../../src/features/traces/span-writer.ts';

/** Few texts, so that spans often have the same ones at the same place, and often others. */
const text = fc.constantFrom('', 'a', 'b', 'GET', 'route', 'x'.repeat(1000), 'é😀');
const value = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.array(text, { maxLength: 3 }),
);
const keys = Array.from({ length: 40 }, (_, i) => `key ${i}`);
/** A span may have more texts than are compared with those of the one before. */
const attributes = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 40 });
const plan = fc.record({
  ...{ scope: text, name: text, attributes, hasParent: fc.boolean() },
  kind: fc.integer({ min: 0, max: 4 }),
  events: fc.array(fc.record({ name: text, attributes }), { maxLength: 2 }),
  status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: text }),
  /** After how many attributes it cannot be written; none if it can. */
  failsAfter: fc.option(fc.nat(5), { freq: 4, nil: undefined }),
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

function recorded({ scope, name, kind, attributes, events, status, hasParent }: Plan) {
  const ended: RecordedSpan[] = [];
  const tracer = new RecordingTracer(
    { sampler: undefined, begin: () => 1, started() {}, failed: expect.unreachable },
    {
      ...{ name: scope, version: '', schemaUrl: '', limits: DEFAULT_LIMITS },
      ended: (span) => ended.push(span),
      refused() {},
    },
  );
  const around = hasParent ? trace.setSpan(ROOT_CONTEXT, tracer.startSpan('outer')) : ROOT_CONTEXT;
  const span = tracer.startSpan(name, { kind, attributes }, around);
  for (const event of events) span.addEvent(event.name, event.attributes);
  span.setStatus(status).end();
  return ended[0]!;
}

/** Writes as much of a span as there is memory for. */
function writePart(span: RecordedSpan, after: number, writer: SpanWriter): void {
  let left = after;
  const failing = Object.create(span) as RecordedSpan;
  const write: RecordedSpan['attributes']['write'] = (to) =>
    span.attributes.write({
      attribute(...pair) {
        if (left-- === 0) throw new RangeError('no memory');
        to.attribute(...pair);
      },
    });
  const { count, dropped } = span.attributes;
  Object.defineProperty(failing, 'attributes', { value: { count, dropped, write } });
  try {
    writeSpan(failing, writer);
  } catch {
    writer.undo();
  }
}

/** Returns what a batch should have of a span. */
function expectedOf({ failsAfter: _, ...plan }: Plan, span: RecordedSpan) {
  const { traceId, spanId } = span.spanContext();
  const listed = ({ name, attributes }: Plan['events'][number]) => ({
    name,
    attributes: Object.entries(attributes),
  });
  const { code, message } = plan.status;
  return {
    ...{ ...plan, ...listed(plan), events: plan.events.map(listed), id: traceId + spanId },
    // Only an error has a message.
    status: { code, message: code === 2 ? message : '' },
  };
}

function readFrom(writer: SpanWriter) {
  const read = readSpans({ ...writer.take(), outbox: 'a', number: 1, lost: [] });
  return read.map(({ scope, name, kind, attributes, events, status, ...ids }) => ({
    ...{ scope: scope.name, name, kind: kind - 1, attributes, status },
    events: events.map((event) => ({ name: event.name, attributes: event.attributes })),
    hasParent: ids.parentSpanId !== '',
    id: ids.traceId + ids.spanId,
  }));
}

it('has each span as it was recorded', () => {
  const batches = fc.array(fc.array(plan, { maxLength: 8 }), { maxLength: 3 });
  fc.assert(
    fc.property(batches, (all) => {
      const writer = new SpanWriter();
      for (const plans of all) {
        const expected: ReturnType<typeof expectedOf>[] = [];
        for (const one of plans) {
          const span = recorded(one);
          const { failsAfter } = one;
          if (failsAfter !== undefined && failsAfter < span.attributes.count)
            writePart(span, failsAfter, writer);
          else {
            writeSpan(span, writer);
            expected.push(expectedOf(one, span));
          }
        }
        expect(readFrom(writer)).toEqual(expected);
      }
    }),
    { numRuns: 200 },
  );
});

it('has each of 5,000 names, and those that come again', () => {
  const writer = new SpanWriter();
  const names = Array.from({ length: 5000 }, (_, i) => `name ${i}`);
  const all = [...names, ...names, 'name 4999', 'name 4999', 'name 0'];
  const plan = { scope: '', kind: 0, attributes: {}, events: [], hasParent: false };
  const status = { code: 0, message: '' };
  for (const name of all)
    writeSpan(recorded({ ...plan, status, name, failsAfter: undefined }), writer);
  expect(readFrom(writer).map(({ name }) => name)).toEqual(all);
});
