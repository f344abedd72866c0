import fc from 'fast-check';
import type { Counter, TelemetryCollector } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { errors, LINKS, logOf, makeCollector, sampleOf, samplesOf } from '../collectors.ts';

/** Texts in which characters are frequent that join, quote or name things elsewhere. */
const text = fc.oneof(
  fc.constantFrom(
    '',
    '|',
    ',',
    '\0',
    '"',
    '\\',
    '\n',
    '=',
    '__proto__',
    'constructor',
    '\u{1f600}',
  ),
  fc.constantFrom('x|', '|y', 'true', '1', '[]', '["a"]', 'undefined', 'null', 'overflow'),
  fc.string({ unit: 'binary', maxLength: 5 }),
);

const labelSets = (names: number, options: fc.ArrayConstraints = {}) =>
  fc.array(fc.array(text, { minLength: names, maxLength: names }), options);

const labelsOf = (names: readonly string[], values: readonly string[]) =>
  Object.fromEntries(names.map((name, i) => [name, values[i]])) as Record<string, string>;

/** Returns label values as they are exposed: UTF-8 has no lone surrogates. */
const leaving = (values: readonly string[]) => JSON.stringify(values.map((v) => v.toWellFormed()));

async function exposed(collector: TelemetryCollector, names: readonly string[]) {
  const samples = await samplesOf(collector, 'a_total');
  const entries = samples.map(({ labels, value }): [string, number] => [
    JSON.stringify(names.map((name) => labels[name])),
    value,
  ]);
  expect(new Set(entries.map(([key]) => key)).size).toBe(entries.length);
  return new Map(entries);
}

function register(collector: TelemetryCollector, ...labelNames: string[]): Counter {
  return collector.registerCounter('a_total', '', { labelNames });
}

describe('label sets', () => {
  it.each(LINKS)('that differ never meet in one series, %s link', async (link) => {
    const names = ['a', 'b'];
    const sets = fc.sample(labelSets(2, { minLength: 300, maxLength: 300 }), 3).flat();
    const collector = makeCollector({ link });
    const counter = register(collector, ...names);
    const model = new Map<string, number>();
    sets.forEach((values, i) => {
      counter.increment(i, labelsOf(names, values));
      model.set(leaving(values), (model.get(leaving(values)) ?? 0) + i);
    });
    expect(await exposed(collector, names)).toEqual(model);
  });

  it('are told apart as a plain map would, one to three labels, by all ways of recording', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }).chain((count) =>
          fc.tuple(
            fc.constantFrom(['a'], ['a', 'b'], ['a', 'b', 'c']).filter((n) => n.length === count),
            labelSets(count, { maxLength: 12 }),
          ),
        ),
        ([names, sets]) => {
          const counter = register(makeCollector(), ...names);
          const model = new Map<string, number>();
          sets.forEach((values, i) => {
            const labels = labelsOf(names, values);
            if (i % 2) counter.increment(1, labels);
            else counter.labels(labels).increment();
            model.set(leaving(values), (model.get(leaving(values)) ?? 0) + 1);
          });
          for (const values of sets) {
            expect(counter.getValue(labelsOf(names, values)).value).toBe(
              model.get(leaving(values)),
            );
          }
        },
      ),
    );
  });

  it.each([
    [
      { a: 'x|', b: 'y' },
      { a: 'x', b: '|y' },
    ],
    [
      { a: '', b: 'x' },
      { a: 'x', b: '' },
    ],
    [
      { a: 'x","b":"y', b: 'z' },
      { a: 'x', b: 'y","b":"z' },
    ],
    [
      { a: 'x\0y', b: 'z' },
      { a: 'x', b: 'y\0z' },
    ],
    [
      { a: '__proto__', b: 'constructor' },
      { a: 'constructor', b: '__proto__' },
    ],
  ])('%j and %j are two', async (one, other) => {
    const collector = makeCollector();
    const counter = register(collector, 'a', 'b');
    counter.increment(1, one);
    counter.increment(2, other);
    expect(await sampleOf(collector, 'a_total', one)).toBe(1);
    expect(await sampleOf(collector, 'a_total', other)).toBe(2);
  });

  it('are the same in whatever order the labels stand', async () => {
    const collector = makeCollector();
    const counter = register(collector, 'a', 'b', 'c');
    for (let i = 0; i < 3; i++) {
      counter.increment(1, { a: '1', b: '2', c: '3' });
      counter.increment(1, { c: '3', a: '1', b: '2' });
      counter.labels({ b: '2', c: '3', a: '1' }).increment();
    }
    expect(await samplesOf(collector, 'a_total')).toEqual([
      { name: 'a_total', labels: { a: '1', b: '2', c: '3' }, value: 9 },
    ]);
    // If only the order of the values counted, the second call would lead to the series of the first.
    counter.increment(100, { a: '3', b: '1', c: '2' });
    counter.increment(1, { c: '3', a: '1', b: '2' });
    expect(counter.getValue({ a: '1', b: '2', c: '3' }).value).toBe(10);
  });

  it('are the same with numbers and booleans as with their text', async () => {
    const collector = makeCollector();
    const counter = register(collector, 'a');
    for (const pair of [
      [1, '1'],
      [true, 'true'],
      [-0.5, '-0.5'],
      [Number.NaN, 'NaN'],
      [1e21, '1e+21'],
      [-0, '0'],
    ]) {
      for (const a of pair) counter.increment(1, { a });
      expect(counter.getValue({ a: String(pair[1]) }).value).toBe(2);
    }
    expect(await samplesOf(collector, 'a_total')).toHaveLength(6);
  });

  it('may have the names of what every object inherits', async () => {
    const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf', 'length'];
    const collector = makeCollector();
    const counter = register(collector, ...names);
    counter.increment(1, labelsOf(names, ['a', 'b', 'c', 'd', 'e']));
    counter.increment(2, labelsOf(names, ['b', 'a', 'c', 'd', 'e']));
    expect(await sampleOf(collector, 'a_total', labelsOf(names, ['a', 'b', 'c', 'd', 'e']))).toBe(
      1,
    );
    counter.increment(1, {} as never);
    expect(await errors(collector, 'invalid_labels')).toBe(1);
    const { metrics } = await collector.getSnapshot();
    expect(metrics.a_total).toMatchObject([{ labels: { constructor: 'a' } }, { value: 2 }]);
  });
});

describe('a label object that is used again', () => {
  it('and changed in between gives the series of what it holds now', async () => {
    const collector = makeCollector();
    const counter = register(collector, 'a', 'b');
    const labels = { a: '0', b: 'x' };
    for (let i = 0; i < 100; i++) {
      labels.a = String(i % 3);
      labels.b = i % 2 ? 'y' : 'x';
      counter.increment(1, labels);
      counter.increment(1, labels);
    }
    const samples = await samplesOf(collector, 'a_total');
    expect(samples.map(({ value }) => value).sort()).toEqual([32, 32, 34, 34, 34, 34]);
  });

  it('does not matter to a series bound before', () => {
    const counter = register(makeCollector(), 'a');
    const labels = { a: '1' };
    const bound = counter.labels(labels);
    labels.a = '2';
    bound.increment();
    expect(counter.getValue({ a: '1' }).value).toBe(1);
    expect(counter.getValue({ a: '2' }).value).toBe(0);
  });

  it('and answers differently each time it is read, mixes nothing up', () => {
    const counter = register(makeCollector(), 'a');
    const reads: string[] = [];
    const shifty = {
      get a() {
        reads.push(String(reads.length % 5));
        return reads.at(-1)!;
      },
    };
    for (let i = 0; i < 60; i++) {
      const before = Array.from({ length: 5 }, (_, a) => counter.getValue({ a }).value);
      const read = reads.length;
      counter.increment(1, shifty);
      const seen = reads.slice(read);
      // It was recorded to a series that was read in this call …
      const changed = before.findIndex((value, a) => counter.getValue({ a }).value !== value);
      expect(seen).toContain(String(changed));
      // … and no other label set is led there by what is remembered of it.
      for (let a = 0; a < 5; a++) {
        const value = counter.getValue({ a }).value;
        counter.increment(1, { a });
        expect(counter.getValue({ a }).value).toBe(value + 1);
        counter.increment(1, shifty);
      }
    }
  });
});

describe('removing', () => {
  it.each(LINKS)(
    'takes a series from the exposition, and it may begin anew, %s link',
    async (link) => {
      const collector = makeCollector({ link });
      const counter = register(collector, 'a');
      counter.increment(5, { a: '1' });
      counter.increment(6, { a: '2' });
      expect(await samplesOf(collector, 'a_total')).toHaveLength(2);
      expect(counter.remove({ a: '1' })).toBe(true);
      expect(counter.remove({ a: '1' })).toBe(false);
      expect(await sampleOf(collector, 'a_total', { a: '1' })).toBeUndefined();
      counter.increment(1, { a: '1' });
      expect(await sampleOf(collector, 'a_total', { a: '1' })).toBe(1);
      expect(await sampleOf(collector, 'a_total', { a: '2' })).toBe(6);
    },
  );

  it('leaves the handles of the series without effect, counted and told of once', async () => {
    const collector = makeCollector();
    const counter = register(collector, 'a');
    const gauge = collector.registerGauge('g', '', { labelNames: ['a'], combine: 'last' });
    const histogram = collector.registerHistogram('h', '', { labelNames: ['a'] });
    const bound = counter.labels({ a: '1' });
    const set = gauge.labels({ a: '1' });
    const observed = histogram.labels({ a: '1' });
    for (const metric of [counter, gauge, histogram]) metric.remove({ a: '1' });
    // These may have got the cells by now. The handles must not write to them.
    counter.increment(3, { a: '2' });
    gauge.set(4, { a: '2' });
    histogram.observe(5, { a: '2' });
    for (let i = 0; i < 10; i++) {
      bound.increment();
      set.set(1);
      set.increment();
      set.decrement();
      observed.observe(1);
    }
    expect(await errors(collector, 'removed_series')).toBe(50);
    expect(logOf(collector)).toHaveLength(3);
    expect(await sampleOf(collector, 'a_total', { a: '2' })).toBe(3);
    expect(await sampleOf(collector, 'g', { a: '2' })).toBe(4);
    expect(await sampleOf(collector, 'h_sum', { a: '2' })).toBe(5);
    counter.labels({ a: '1' }).increment();
    expect(await sampleOf(collector, 'a_total', { a: '1' })).toBe(1);
  });
});

describe('unregistering', () => {
  it.each(LINKS)('takes the family away, and the name is free, %s link', async (link) => {
    const collector = makeCollector({ link });
    const counter = register(collector, 'a');
    const bound = counter.labels({ a: '1' });
    bound.increment(5);
    expect(await samplesOf(collector, 'a_total')).toHaveLength(1);
    expect(collector.unregister('a_total')).toBe(true);
    expect(collector.unregister('a_total')).toBe(false);
    expect(collector.getMetric('a_total')).toBeUndefined();
    expect(await samplesOf(collector, 'a_total')).toEqual([]);
    bound.increment();
    counter.increment(1, { a: '1' });
    counter.increment(1, { a: 'new' });
    expect(await errors(collector, 'removed_series')).toBe(3);

    const gauge = collector.registerGauge('a_total', '', { labelNames: ['other'] });
    gauge.set(-1, { other: 'x' });
    expect(await samplesOf(collector, 'a_total')).toEqual([
      { name: 'a_total', labels: { other: 'x' }, value: -1 },
    ]);
  });

  it('leaves a metric without labels refusing, and its value at zero', async () => {
    const collector = makeCollector();
    const metrics = [
      collector.registerCounter('c'),
      collector.registerGauge('g'),
      collector.registerHistogram('h'),
    ] as const;
    const [counter, gauge, histogram] = metrics;
    counter.increment(5);
    gauge.set(5);
    histogram.observe(5);
    for (const { name } of metrics) collector.unregister(name);
    counter.increment();
    gauge.set(1);
    histogram.observe(1);
    expect(await errors(collector, 'removed_series')).toBe(3);
    expect(counter.getValue().value).toBe(0);
    expect(gauge.getValue().value).toBe(0);
    expect(histogram.getValue()).toMatchObject({ count: 0, sum: 0 });
  });
});

describe('the series limit', () => {
  it.each(LINKS)(
    'sends the rest to one series, and the total stays whole, %s link',
    async (link) => {
      const collector = makeCollector({ link, seriesLimit: 10 });
      const counter = register(collector, 'a');
      const histogram = collector.registerHistogram('h', '', { labelNames: ['a'], buckets: [50] });
      for (let i = 0; i < 100; i++) {
        counter.increment(i, { a: i });
        histogram.observe(i, { a: i });
      }
      const samples = await samplesOf(collector, 'a_total');
      expect(samples).toHaveLength(11);
      expect(samples.at(-1)!.labels).toEqual({ otel_metric_overflow: 'true' });
      expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(4950);
      const overflow = { otel_metric_overflow: 'true' };
      expect(await sampleOf(collector, 'h_sum', overflow)).toBe(4905);
      expect(await sampleOf(collector, 'h_bucket', { ...overflow, le: '50' })).toBe(41);
      for (const metric of ['a_total', 'h']) {
        expect(await sampleOf(collector, 'telemetry_series_overflow_total', { metric })).toBe(90);
      }
    },
  );

  it('makes room when a series is removed', async () => {
    const collector = makeCollector({ seriesLimit: 2 });
    const counter = register(collector, 'a');
    for (const a of ['1', '2', '3']) counter.increment(1, { a });
    counter.remove({ a: '1' });
    counter.increment(1, { a: '4' });
    counter.increment(1, { a: '3' });
    expect(await sampleOf(collector, 'a_total', { a: '4' })).toBe(1);
    expect(await sampleOf(collector, 'a_total', { otel_metric_overflow: 'true' })).toBe(2);
  });

  it("holds for each family by itself, and not for the library's own", async () => {
    const collector = makeCollector({ seriesLimit: 1 });
    const names = ['x_total', 'y_total', 'z_total'];
    for (const name of names) {
      const counter = collector.registerCounter(name, '', { labelNames: ['a'] });
      counter.increment(1, { a: '1' });
      counter.increment(1, { a: '2' });
    }
    for (const metric of names) {
      expect(await sampleOf(collector, metric, { a: '1' })).toBe(1);
      expect(await sampleOf(collector, 'telemetry_series_overflow_total', { metric })).toBe(1);
    }
  });
});
