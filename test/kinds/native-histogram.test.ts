/** Tests native histograms through what an application sees of them. */
import {
  formatJSON,
  formatPrometheus,
  type Histogram,
  type JsonHistogram,
  type TelemetryCollector,
  TelemetryError,
} from 'utilityfog-telemetry';
import { describe, expect, it, vi } from 'vitest';
import { errors, joinThread, LINKS, logOf, makeCollector } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { RealThread } from '../threads/real-thread.ts';

type Native = NonNullable<JsonHistogram['native']>;

async function entriesOf(collector: TelemetryCollector, name: string): Promise<JsonHistogram[]> {
  const { metrics } = await collector.getSnapshot();
  return [metrics[name] ?? []].flat() as JsonHistogram[];
}

/** Returns how many observations there are in all series. */
const totalOf = (entries: readonly JsonHistogram[]): number =>
  entries.reduce((sum, { count }) => sum + Number(count), 0);

async function nativeOf(collector: TelemetryCollector, name = 'h_seconds'): Promise<Native> {
  const [entry] = await entriesOf(collector, name);
  return entry!.native!;
}

/** Returns how many observations there are in each bucket. */
function bucketsOf({ offset, counts, infinite = 0 }: Native['positive']): Record<string, number> {
  const pairs = counts.map((count, i) => [offset + i, count] as const);
  const populated = Object.fromEntries(pairs.filter(([, count]) => count > 0));
  return infinite > 0 ? { ...populated, Infinity: infinite } : populated;
}

describe.each(LINKS)('a native histogram over the %s link', (link) => {
  it('counts in buckets that appear where there are values', async () => {
    const collector = makeCollector({ link });
    const histogram = collector.registerHistogram('h_seconds', '', { native: { schema: 0 } });
    for (const value of [1, 2, 2.5, 4, 0.3, -3, 0, -0]) histogram.observe(value);
    const [entry] = await entriesOf(collector, 'h_seconds');
    expect(entry).toMatchObject({ count: 8, sum: expect.closeTo(6.8, 10), buckets: { '+Inf': 8 } });
    const { schema, zero_count, positive, negative } = entry!.native!;
    expect({ schema, zero_count }).toEqual({ schema: 0, zero_count: 2 });
    expect(bucketsOf(positive)).toEqual({ '-1': 1, 0: 1, 1: 1, 2: 2 });
    expect(bucketsOf(negative)).toEqual({ 2: 1 });
    expect(await formatPrometheus(collector)).toContain('h_seconds_bucket{le="+Inf"} 8\n');
  });

  it('can have classic buckets, too', async () => {
    const collector = makeCollector({ link });
    const options = { native: true, buckets: [1, 2], labelNames: ['a'] } as const;
    const histogram = collector.registerHistogram('h_seconds', '', options);
    for (let i = 0; i < 100; i++) histogram.observe(i / 40, { a: `${i % 2}` });
    const entries = await entriesOf(collector, 'h_seconds');
    for (const entry of entries) {
      const sum = (side: Native['positive']) => side.counts.reduce((all, count) => all + count, 0);
      const { positive, zero_count } = entry.native!;
      expect(sum(positive) + zero_count).toBe(entry.count);
    }
    expect(entries.map(({ buckets }) => buckets)).toEqual([
      { 1: 21, 2: 41, '+Inf': 50 },
      { 1: 20, 2: 40, '+Inf': 50 },
    ]);
  });

  it('lowers its resolution when there are too many buckets, and stays exact', async () => {
    const collector = makeCollector({ link });
    const histogram = collector.registerHistogram('h_seconds', '', {
      native: { schema: 8, maxBuckets: 10 },
    });
    histogram.observe(1);
    expect((await nativeOf(collector)).schema).toBe(8);
    histogram.observe(2);
    expect(await nativeOf(collector)).toMatchObject({ schema: 3 });
    histogram.observe(1e9);
    const native = await nativeOf(collector);
    expect(native.schema).toBe(-2);
    expect(bucketsOf(native.positive)).toEqual({ 0: 1, 1: 1, 8: 1 });
  });

  it('adds up over threads that have different resolutions', async () => {
    const collector = makeCollector({ link });
    const options = { native: { schema: 8, maxBuckets: 10 } };
    const here = collector.registerHistogram('h_seconds', '', options);
    const other = joinThread(collector);
    const there = other.registerHistogram('h_seconds', '', options);
    here.observe(1);
    there.observe(1);
    there.observe(1e9);
    await other.flush();
    const native = await nativeOf(collector);
    expect(native.schema).toBe(-2);
    expect(bucketsOf(native.positive)).toEqual({ 0: 2, 8: 1 });
    expect(here.getValue().native?.schema).toBe(8);
  });

  it('keeps what a thread has counted that has ended', async () => {
    const collector = makeCollector({ link });
    const other = joinThread(collector);
    const options = { native: true, labelNames: ['a'] } as const;
    const there = other.registerHistogram('h_seconds', '', options);
    there.observe(3, { a: 'x' });
    there.observe(-3, { a: 'x' });
    await other.shutdown();
    const here = collector.registerHistogram('h_seconds', '', options);
    here.observe(300, { a: 'x' });
    const [entry] = await entriesOf(collector, 'h_seconds');
    expect(entry).toMatchObject({ count: 3, sum: 300 });
    expect(Object.values(bucketsOf(entry!.native!.positive))).toEqual([1, 1]);
    expect(Object.values(bucketsOf(entry!.native!.negative))).toEqual([1]);
  });

  it('is at zero after a reset, and counts on', async () => {
    const collector = makeCollector({ link });
    const histogram = collector.registerHistogram('h_seconds', '', { native: true });
    for (let i = 1; i < 50; i++) histogram.observe(i);
    histogram.reset();
    expect(histogram.getValue()).toMatchObject({ sum: 0, count: 0 });
    histogram.observe(5);
    const native = await nativeOf(collector);
    expect(Object.values(bucketsOf(native.positive))).toEqual([1]);
    expect((await entriesOf(collector, 'h_seconds'))[0]).toMatchObject({ count: 1, sum: 5 });
  });

  it('gives the blocks back that series had and grew out of', async () => {
    const collector = makeCollector({ link, seriesLimit: 10 });
    const histogram = collector.registerHistogram('h_seconds', '', {
      native: true,
      labelNames: ['n'],
    });
    const grow = (n: number) => {
      for (let i = -20; i < 20; i++) histogram.observe(2 ** i, { n: `${n}` });
    };
    for (let n = 0; n < 300; n++) {
      grow(n);
      if (n % 20 === 0) await collector.flush();
      histogram.remove({ n: `${n}` });
    }
    await collector.flush();
    const { host } = histogram as unknown as { host: { cells: { pages: Float64Array[] } } };
    const cells = host.cells.pages.reduce((sum, { length }) => sum + length, 0);
    // Without reuse they would take 300 times at least 500 cells.
    expect(cells).toBeLessThan(60_000);
    expect(await entriesOf(collector, 'h_seconds')).toEqual([]);
  });

  it('counts what goes to the overflow series', async () => {
    const collector = makeCollector({ link, seriesLimit: 1 });
    const histogram = collector.registerHistogram('h_seconds', '', {
      native: true,
      labelNames: ['n'],
    });
    for (let n = 0; n < 100; n++) histogram.observe(n + 1, { n: `${n}` });
    const entries = await entriesOf(collector, 'h_seconds');
    expect(entries.map(({ count }) => count)).toEqual([1, 99]);
  });
});

describe('a native histogram', () => {
  it('tells its value for people to read', () => {
    const collector = makeCollector();
    const histogram = collector.registerHistogram('h_seconds', '', {
      native: { schema: 0, zeroThreshold: 0.001 },
    });
    expect(histogram.getValue()).toMatchObject({
      count: 0,
      native: { count: 0, buckets: [], quantiles: { 0.5: NaN } },
    });
    for (const value of [0, 3, 3, -1]) histogram.observe(value);
    expect(histogram.getValue()).toMatchObject({
      buckets: [{ le: Infinity, count: 4 }],
      sum: 5,
      count: 4,
      native: {
        schema: 0,
        zeroThreshold: 0.001,
        zeroCount: 1,
        count: 4,
        buckets: [
          { lower: -1, upper: -0.5, count: 1 },
          { lower: -0.001, upper: 0.001, count: 1 },
          { lower: 2, upper: 4, count: 2 },
        ],
        quantiles: { 0.5: 2, 0.99: expect.closeTo(2 ** 1.98, 10) },
      },
    });
  });

  it('refuses NaN and what is no number, and counts infinite values', async () => {
    const collector = makeCollector();
    const histogram = collector.registerHistogram('h_seconds', '', { native: true });
    for (const value of [NaN, '1', null, undefined, {}]) histogram.observe(value as number);
    expect(await errors(collector, 'invalid_value')).toBe(5);
    for (const value of [Infinity, Infinity, -Infinity, 1]) histogram.observe(value);
    const [entry] = await entriesOf(collector, 'h_seconds');
    expect(entry).toMatchObject({ count: 4, sum: 'NaN' });
    expect(bucketsOf(entry!.native!.positive)).toEqual({ 0: 1, Infinity: 2 });
    expect(bucketsOf(entry!.native!.negative)).toEqual({ Infinity: 1 });
    expect(histogram.getValue().native?.quantiles[0.99]).toBe(Infinity);
  });

  it('takes one bucket if it may have no more, as wide as they get', async () => {
    const collector = makeCollector();
    const options = { native: { maxBuckets: 1, zeroThreshold: 0 } };
    const histogram = collector.registerHistogram('h_seconds', '', options);
    for (const value of [1e-6, 1, 60_000, 5e-324, 1e308]) histogram.observe(value);
    const native = await nativeOf(collector);
    expect(native.schema).toBe(-4);
    expect(Object.values(bucketsOf(native.positive)).reduce((sum, n) => sum + n)).toBe(5);
    expect(native.positive.counts.length).toBeLessThan(140);
  });

  it('refuses values without a bucket if the resolution must stay', async () => {
    const collector = makeCollector();
    const histogram = collector.registerHistogram('h_seconds', '', {
      native: { schema: 8, maxBuckets: 4, resolutionReduction: false },
    });
    histogram.observe(1);
    histogram.observe(1.005);
    histogram.observe(2);
    expect(histogram.getValue()).toMatchObject({ count: 2, native: { schema: 8 } });
    expect(await errors(collector, 'invalid_value')).toBe(1);
    expect(logOf(collector).join()).toContain('there are 4 buckets at most');
  });

  it('refuses values without a bucket as fast as others, however far they are', () => {
    const collector = makeCollector();
    const histogram = collector.registerHistogram('h_seconds', '', {
      native: { schema: 8, zeroThreshold: 0, resolutionReduction: false },
    });
    histogram.observe(5e-324);
    const made: number[] = [];
    const fill = vi.spyOn(Array.prototype, 'fill').mockImplementation(function (this: unknown[]) {
      made.push(this.length);
      return this;
    });
    histogram.observe(1.7e308);
    fill.mockRestore();
    expect(made.filter((length) => length > 1000)).toEqual([]);
    expect(histogram.getValue()).toMatchObject({ count: 1, native: { schema: 8 } });
  });

  it.each([
    [{ native: 1 }, 'h_seconds native must be an object'],
    [{ native: 'yes' }, 'h_seconds native must be an object'],
    [
      { native: { schema: 9 } },
      'native schema must be a whole number from -4 to 8; got number "9"',
    ],
    [{ native: { schema: 0.5 } }, 'schema must be'],
    [{ native: { maxBuckets: 0 } }, 'maxBuckets must be a whole number from 1'],
    [{ native: { zeroThreshold: -1 } }, 'zeroThreshold must be a finite number of 0 or more'],
    [{ native: { zeroThreshold: Infinity } }, 'zeroThreshold must be'],
    [{ native: { resolutionReduction: 1 } }, 'resolutionReduction must be true or false'],
    [{ native: true, buckets: [] }, 'are no buckets of'],
  ])('is refused with %j', (options, message) => {
    const collector = makeCollector();
    const register = () => collector.registerHistogram('h_seconds', '', options as never);
    expect(register).toThrow(TelemetryError);
    expect(register).toThrow(message);
  });

  it('is another definition than one without native buckets, or with others', () => {
    const collector = makeCollector({ onDuplicate: 'reuse' });
    const register = (options: object) => collector.registerHistogram('h_seconds', '', options);
    const first = register({ native: { schema: 3 } });
    expect(register({ native: { schema: 3 } })).toBe(first);
    expect(() => register({ native: { schema: 4 } })).toThrow('another definition');
    expect(() => register({})).toThrow('another definition');
  });

  it('comes back from storage', async () => {
    const persist = { name: 'app', directory: await makeFolder() };
    const options = { native: { schema: 2 }, buckets: [10], labelNames: ['a'] } as const;
    const register = (collector: TelemetryCollector) =>
      collector.registerHistogram('h_seconds', '', options) as Histogram<'a'>;
    const first = makeCollector({ persist });
    register(first).observe(3, { a: 'x' });
    register.call(null, makeCollector());
    const before = await entriesOf(first, 'h_seconds');
    await first.shutdown();
    const second = makeCollector({ persist });
    const histogram = register(second);
    expect(await entriesOf(second, 'h_seconds')).toMatchObject([
      { count: 1, sum: 3, native: before[0]!.native, created: before[0]!.created },
    ]);
    histogram.observe(300, { a: 'x' });
    await second.shutdown();
    const third = makeCollector({ persist });
    register(third);
    const [entry] = await entriesOf(third, 'h_seconds');
    expect(entry).toMatchObject({ count: 2, sum: 303, buckets: { 10: 1, '+Inf': 2 } });
    expect(Object.values(bucketsOf(entry!.native!.positive))).toEqual([1, 1]);
  });

  it('does not take what was kept of other buckets', async () => {
    const persist = { name: 'app', directory: await makeFolder() };
    const first = makeCollector({ persist });
    first.registerHistogram('h_seconds', '', { native: { schema: 2 } }).observe(3);
    await first.shutdown();
    const second = makeCollector({ persist });
    second.registerHistogram('h_seconds', '', { native: { schema: 3 } });
    expect(await entriesOf(second, 'h_seconds')).toMatchObject([{ count: 0 }]);
    expect(await formatJSON(second)).toContain('h_seconds');
  });

  it.each([
    ['shared', undefined],
    ['shared', [10]],
    ['message', [10]],
  ] as const)(
    'is whole while its thread grows it and lowers its resolution, %s link, buckets %j',
    async (link, buckets) => {
      const collector = makeCollector({ link });
      const native = { schema: 8, maxBuckets: 40 };
      const options = { native, ...(buckets && { buckets }), labelNames: ['n'] };
      const here = collector.registerHistogram('h_seconds', '', options);
      here.observe(1, { n: 'here' });
      const thread = new RealThread(collector.createPort(), link);
      const growing = thread.ask<number>('grow', { name: 'h_seconds', options });
      let isOver = false;
      growing.then(() => {
        isOver = true;
      });
      let last = 0;
      while (!isOver) {
        const entries = await entriesOf(collector, 'h_seconds');
        for (const { count, native } of entries) {
          const sum = native!.positive.counts.reduce((all, n) => all + n, native!.zero_count);
          expect(sum).toBe(count);
        }
        const total = totalOf(entries);
        expect(total).toBeGreaterThanOrEqual(last);
        last = total;
      }
      // A thread that is busy for long is not waited for.
      await expect
        .poll(async () => totalOf(await entriesOf(collector, 'h_seconds')))
        .toBe(1 + (await growing));
      expect(await errors(collector, 'unsound_cells')).toBe(0);
    },
  );
});
