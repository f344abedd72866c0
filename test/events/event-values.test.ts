/** Tests what becomes of an event's value on its way to the log. */
import fc from 'fast-check';
import type { TelemetryCollector } from 'utilityfog-telemetry';
import { afterEach, describe, expect, it } from 'vitest';
import { LINKS, makeCollector, sampleOf } from '../collectors.ts';

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value) ?? 'null');

const values = async (collector: TelemetryCollector) =>
  (await collector.getEvents()).map(({ value }) => value);

describe.each(LINKS)('a value that JSON can hold, %s link', (link) => {
  it('arrives as JSON would have it', async () => {
    const collector = makeCollector({ link, eventLimit: 1e6 });
    const recorded: unknown[] = [];
    const json = fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' });
    const kept = fc.letrec((tie) => ({
      any: fc.oneof(
        json,
        fc.constant(undefined),
        fc.constant(-0),
        fc.date({ noInvalidDate: true }),
        fc.array(tie('any'), { maxLength: 5 }),
        fc.dictionary(fc.string({ unit: 'binary' }), tie('any'), { maxKeys: 5 }),
      ),
    })).any;
    fc.assert(
      fc.property(kept, kept, (value, metadata) => {
        collector.recordEvent('e', value, { metadata: { metadata } });
        recorded.push({ value: asJson(value), metadata: asJson({ metadata }) });
      }),
      { numRuns: 500 },
    );
    const events = await collector.getEvents();
    expect(events.map(({ value, metadata }) => ({ value, metadata }))).toEqual(recorded);
    expect(await sampleOf(collector, 'telemetry_events_dropped_total')).toBe(0);
  });
});

describe('the value of an event', () => {
  it('is the one of that moment', async () => {
    const collector = makeCollector();
    const value = { list: [1], inner: { text: 'before' } };
    collector.recordEvent('e', value);
    value.list.push(2);
    value.inner.text = 'after';
    expect(await values(collector)).toEqual([{ list: [1], inner: { text: 'before' } }]);
  });

  it('may be anything at all: what is kept of it is JSON of bounded length', async () => {
    const collector = makeCollector({ eventLimit: 1e6 });
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(anything, fc.nat(100), (value, times) => {
        collector.recordEvent('e', times > 90 ? new Array(times * 200).fill(value) : value);
      }),
      { numRuns: 500 },
    );
    collector.recordEvent('last');
    const events = await collector.getEvents();
    expect(events).toHaveLength(501);
    expect(events.at(-1)).toMatchObject({ name: 'last', value: null });
    for (const { value } of events) expect(JSON.stringify(value).length).toBeLessThan(66_000);
  });

  it.each([64, 65, 66])(
    'may have %i levels, in a reduced form where they are more',
    async (levels) => {
      const collector = makeCollector();
      let value: unknown = 'inmost';
      for (let i = 0; i < levels; i++) value = i % 2 ? { value } : [value];
      collector.recordEvent('e', value);
      collector.recordEvent('e', [() => {}, value]);
      collector.recordEvent('e', 'after');
      const [first, second, third] = await values(collector);
      if (levels <= 65) expect(first).toEqual(value);
      else expect(first).toMatchObject({ reduced: expect.stringContaining('64 levels') });
      expect(JSON.stringify(second)).toContain(levels <= 64 ? 'inmost' : '[cut]');
      expect(third).toBe('after');
    },
  );

  it('may be of any length beside others', async () => {
    const collector = makeCollector();
    const lengths = [1, 2000, 3, 9000, 1, 20_000, 5];
    for (const length of lengths) {
      collector.recordEvent('numbers', new Array(length).fill(7), { labels: { length } as never });
    }
    const events = await collector.getEvents();
    expect(events.map(({ value }) => (value as number[]).length)).toEqual(lengths);
    expect(events.map(({ labels }) => Number(labels.length))).toEqual(lengths);
  });

  it('may have a getter that records an event itself, or asks for a flush', async () => {
    const collector = makeCollector();
    collector.recordEvent('e', 'first');
    const flushed: Promise<unknown>[] = [];
    collector.recordEvent('e', {
      get inner() {
        collector.recordEvent('e', 'inner');
        flushed.push(collector.flush());
        return 'outer';
      },
    });
    collector.recordEvent('e', 'last');
    await Promise.all(flushed);
    expect(await values(collector)).toEqual(['first', { inner: 'outer' }, 'inner', 'last']);
    expect(await sampleOf(collector, 'telemetry_events_dropped_total')).toBe(0);
  });
});

describe('beside fields that a page has put into Object.prototype', () => {
  const prototype = Object.prototype as Record<string, unknown>;
  afterEach(() => {
    delete prototype.extend;
  });

  it('has its own fields only', async () => {
    const collector = makeCollector();
    prototype.extend = () => 'of an old library';
    collector.recordEvent('e', { a: 1, inner: { b: [{}] } });
    collector.recordEvent('e', { a: 1, extend: 'own' });
    delete prototype.extend;
    expect(await values(collector)).toEqual([
      { a: 1, inner: { b: [{}] } },
      { a: 1, extend: 'own' },
    ]);
  });
});

describe('events that are not sent yet', () => {
  it.each([1, 10, 300, 5000])(
    'are as many as are kept, or counted as lost: limit %i',
    async (limit) => {
      const collector = makeCollector({ eventLimit: limit });
      for (let i = 0; i < 3000; i++) collector.recordEvent('e', i);
      const kept = Math.min(limit, 3000);
      expect(await values(collector)).toEqual(
        Array.from({ length: kept }, (_, i) => 3000 - kept + i),
      );
      const dropped = (await sampleOf(collector, 'telemetry_events_dropped_total')) ?? Number.NaN;
      expect(dropped).toBeLessThanOrEqual(3000 - kept);
      expect(dropped).toBeGreaterThanOrEqual(Math.max(0, 3000 - 2 * limit));
    },
  );
});
