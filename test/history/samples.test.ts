/** Tests what a history takes, marks as ended and drops. */
import { formatPrometheus } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { LabelSet } from '../../src/promql/label-set.ts';
import { makePast, matcher, type Past, random, samplesIn } from './past.ts';

const BEGIN = 1_700_000_000;

async function samplesOf({ part }: Past, name: string) {
  const found = await samplesIn(part, [matcher('__name__', name)]);
  return [...found.values()].map((samples) =>
    samples.map(([time, value]) => [time - BEGIN, value]),
  );
}

async function droppedIn({ collector }: Past): Promise<Record<string, number>> {
  const text = await formatPrometheus(collector);
  const lines = text.matchAll(
    /^telemetry_history_dropped_samples_total\{reason="(\w+)"\} (\d+)$/gm,
  );
  return Object.fromEntries([...lines].map(([, reason, count]) => [reason, Number(count)]));
}

describe('a series', () => {
  it('that is gone from a run ends there, and may come back', async () => {
    const past = await makePast();
    const gauge = past.collector.registerGauge('x', '', { labelNames: ['a'] });
    const runs = [[1], [1, 2], [2], [1], []];
    for (const [i, present] of runs.entries()) {
      for (const a of ['1', '2']) gauge.remove({ a });
      for (const a of present) gauge.set(i, { a: String(a) });
      past.sample(await past.read(), BEGIN + 5 * i);
    }
    expect(await samplesOf(past, 'x')).toEqual([
      [
        [0, 0],
        [5, 1],
        [10, 'stale'],
        [15, 3],
        [20, 'stale'],
      ],
      [
        [5, 1],
        [10, 2],
        [15, 'stale'],
      ],
    ]);
  });

  it('ends before a pause of the collector, and goes on after it', async () => {
    const past = await makePast();
    past.collector.registerGauge('x').set(1);
    for (const time of [0, 5, 10, 100, 105]) past.sample(await past.read(), BEGIN + time);
    const marked = [
      [
        [0, 1],
        [5, 1],
        [10, 1],
        [15, 'stale'],
        [100, 1],
        [105, 1],
      ],
    ];
    expect(await samplesOf(past, 'x')).toEqual(marked);
    // A timer that is throttled from now on is no pause each time.
    for (const time of [165, 225, 285]) past.sample(await past.read(), BEGIN + time);
    marked[0].push([165, 1], [225, 1], [285, 1]);
    expect(await samplesOf(past, 'x')).toEqual(marked);
  });

  it('with native buckets is whole, beside its other buckets if it has any', async () => {
    const past = await makePast();
    const native = past.collector.registerHistogram('n_seconds', '', { native: { schema: 0 } });
    const both = past.collector.registerHistogram('b_seconds', '', { native: true, buckets: [1] });
    native.observe(3);
    both.observe(0.5);
    past.sample(await past.read(), BEGIN);
    native.observe(0);
    native.observe(-Infinity);
    past.sample(await past.read(), BEGIN + 5);
    const [samples] = await samplesOf(past, 'n_seconds');
    expect(samples).toEqual([
      [0, expect.objectContaining({ schema: 0, count: 1, sum: 3, zeroCount: 0 })],
      [5, expect.objectContaining({ count: 3, sum: -Infinity, zeroCount: 1 })],
    ]);
    expect(samples[0][1]).toMatchObject({ positive: { indices: [2], counts: [1] } });
    expect(samples[1][1]).toMatchObject({ negative: { indices: [1025], counts: [1] } });
    for (const suffix of ['_bucket', '_sum', '_count']) {
      expect(await samplesOf(past, `n_seconds${suffix}`)).toEqual([]);
    }
    expect(await samplesOf(past, 'b_seconds_count')).toEqual([
      [
        [0, 1],
        [5, 1],
      ],
    ]);
    expect(await samplesOf(past, 'b_seconds_bucket')).toHaveLength(2);
    expect(await samplesOf(past, 'b_seconds')).toMatchObject([
      [
        [0, { sum: 0.5 }],
        [5, { count: 1 }],
      ],
    ]);
  });

  it('gets labels unless it has them', async () => {
    const past = await makePast(
      { labels: { job: 'shop', app: 'no' } },
      { labels: { app: 'cart' } },
    );
    past.collector.registerGauge('x').set(1);
    past.sample(await past.read(), BEGIN);
    const [[key]] = await samplesIn(past.part, [matcher('__name__', 'x')]);
    expect(key).toBe('x[["app","cart"],["job","shop"]]');
  });

  it('has the same labels in each query', async () => {
    const past = await makePast();
    past.collector.registerGauge('x').set(1);
    const labels = async () =>
      (await past.part.source.select([matcher('__name__', 'x')], 0, Infinity))[0].labels;
    past.sample(await past.read(), BEGIN);
    const first = await labels();
    for (let run = 1; run < 200; run++) past.sample(await past.read(), BEGIN + run);
    expect(await labels()).toBe(first);
  });
});

describe('a clock', () => {
  it('that is set back a little drops runs until it has caught up', async () => {
    const past = await makePast();
    past.collector.registerGauge('x').set(1);
    for (const time of [100, 105, 90, 104, 105, 106]) past.sample(await past.read(), BEGIN + time);
    expect(await samplesOf(past, 'x')).toEqual([
      [
        [100, 1],
        [105, 1],
        [106, 1],
      ],
    ]);
    expect((await droppedIn(past)).clock).toBeGreaterThan(0);
  });

  it('that was far ahead takes its samples along', async () => {
    const past = await makePast();
    const gauge = past.collector.registerGauge('x');
    const runs = [0, 5, 10_000, 10_005, 10_010, 10, 15];
    for (const [i, time] of runs.entries()) {
      gauge.set(i);
      past.sample(await past.read(), BEGIN + time);
    }
    expect(await samplesOf(past, 'x')).toEqual([
      [
        [0, 0],
        [5, 1],
        [10, 5],
        [15, 6],
      ],
    ]);
    expect((await droppedIn(past)).clock).toBeGreaterThan(0);
  });
});

describe('samples from elsewhere', () => {
  const labels = LabelSet.of({ __name__: 'rule:x', a: '1' });
  const other = LabelSet.of({ __name__: 'rule:x', a: '2' });
  const add = ({ part }: Past, time: number, ...values: (number | 'stale' | undefined)[]) => {
    const given = [labels, other].map((one, i) => ({ labels: one, value: values[i] }));
    const samples = given.filter(({ value }) => value !== undefined);
    part.append((BEGIN + time) * 1000, samples as Parameters<typeof part.append>[1]);
  };

  it('are series beside the others', async () => {
    const past = await makePast();
    add(past, 0, 1, 10);
    add(past, 7, 2);
    add(past, 14, 'stale', 12);
    add(past, 14, 3);
    add(past, 21, 'stale');
    add(past, 28, 4, 13);
    expect(await samplesOf(past, 'rule:x')).toEqual([
      [
        [0, 1],
        [7, 2],
        [14, 'stale'],
        [28, 4],
      ],
      [
        [0, 10],
        [14, 12],
        [28, 13],
      ],
    ]);
    const dropped = { clock: 0, full: 0, order: 1 };
    expect(await droppedIn(past)).toEqual(dropped);
  });

  it('never run backwards, and are not those of a metric', async () => {
    const past = await makePast();
    past.collector.registerGauge('x').set(1);
    past.sample(await past.read(), BEGIN);
    add(past, 10, 1);
    add(past, 9, 2);
    past.part.append((BEGIN + 20) * 1000, [{ labels: LabelSet.of({ __name__: 'x' }), value: 5 }]);
    expect(await samplesOf(past, 'rule:x')).toEqual([[[10, 1]]]);
    expect(await samplesOf(past, 'x')).toEqual([[[0, 1]]]);
    expect(await droppedIn(past)).toEqual({ clock: 0, full: 0, order: 2 });
  });

  it('are as a plain list has them, whatever comes and goes', async () => {
    const past = await makePast();
    const next = random(7);
    const expected: [number, unknown][][] = [[], []];
    for (let time = 0; time < 3000; time += 1 + Math.floor(next() * 20)) {
      const values = expected.map((samples) => {
        const choice = next();
        const value =
          choice < 0.1 ? undefined : choice < 0.2 ? 'stale' : Math.floor(next() * 1e6) / 10;
        if (value === 'stale' && [undefined, 'stale'].includes(samples.at(-1)?.[1] as never))
          return value;
        if (value !== undefined) samples.push([time, value]);
        return value;
      });
      add(past, time, ...values);
    }
    expect(await samplesOf(past, 'rule:x')).toEqual(expected);
  });
});

describe('the limits', () => {
  it('of time let the oldest go', async () => {
    const past = await makePast({ retention: 300 });
    past.collector.registerGauge('x').set(1);
    for (let time = 0; time <= 2000; time += 5) past.sample(await past.read(), BEGIN + time);
    const [samples] = await samplesOf(past, 'x');
    // Whole blocks go.
    expect(samples.length).toBeGreaterThanOrEqual(60);
    expect(samples.length).toBeLessThan(60 + 64);
    expect(samples.at(-1)).toEqual([2000, 1]);
  });

  it('of time let series go that have no samples any more', async () => {
    const past = await makePast({ retention: 300 });
    const gauge = past.collector.registerGauge('x', '', { labelNames: ['a'] });
    for (let run = 0; run < 300; run++) {
      gauge.clear();
      for (let i = 0; i < 20; i++) gauge.set(1, { a: `${run} ${i}` });
      past.sample(await past.read(), BEGIN + run * 5);
      if (run % 50 === 49) {
        const names = await samplesIn(past.part, [matcher('__name__', 'x')]);
        expect(names.size).toBeLessThanOrEqual(20 * (60 + 64 + 1));
      }
    }
  });

  it('of memory let the oldest go, and are counted', async () => {
    const past = await makePast({ maxBytes: 1_000_000 });
    const gauge = past.collector.registerGauge('x', '', { labelNames: ['a'] });
    const next = random(3);
    for (let run = 0; run < 400; run++) {
      for (let i = 0; i < 500; i++) gauge.set(next(), { a: String(i) });
      past.sample(await past.read(), BEGIN + run * 5);
      expect((past.part.calls!.status as () => { bytes: number })().bytes).toBeLessThanOrEqual(1e6);
    }
    const samples = await samplesOf(past, 'x');
    expect(samples).toHaveLength(500);
    expect(samples[0].length).toBeGreaterThan(60);
    expect(samples[0].at(-1)![0]).toBe(399 * 5);
    expect((await droppedIn(past)).full).toBeGreaterThan(1000);
  });

  it('of memory hold for series, too', async () => {
    const past = await makePast({ maxBytes: 1_000_000 }, { seriesLimit: 10_000 });
    const gauge = past.collector.registerGauge('x', '', { labelNames: ['a'] });
    for (let run = 0; run < 20; run++) {
      for (let i = 0; i < 500; i++) gauge.set(1, { a: `${run} ${i}` });
      past.sample(await past.read(), BEGIN + run * 5);
      expect((past.part.calls!.status as () => { bytes: number })().bytes).toBeLessThanOrEqual(1e6);
    }
    expect((await droppedIn(past)).full).toBeGreaterThan(1000);
    // Those that were there first go on.
    expect(await samplesIn(past.part, [matcher('a', '0 0')])).toHaveProperty('size', 1);
  });
});

it('shows metrics of its own', async () => {
  const past = await makePast();
  past.collector.registerGauge('x').set(1);
  past.sample(await past.read(), BEGIN);
  const text = await formatPrometheus(past.collector);
  expect(text).toMatch(/^telemetry_history_bytes \d{4,}$/m);
  expect(text).toMatch(/^telemetry_history_series \d+$/m);
  expect(text).toMatch(/^telemetry_history_samples_total \d+$/m);
  expect(text).toMatch(/^telemetry_history_dropped_samples_total\{reason="full"\} 0$/m);
});
