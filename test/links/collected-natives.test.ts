/** Tests what `collect` callbacks may return for histograms with native buckets. */
import {
  type CollectedHistogram,
  formatPrometheus,
  type JsonHistogram,
  TelemetryCollector,
} from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { errors, joinThread, LINKS, logOf, makeCollector } from '../collectors.ts';

const NONE = { offset: 0, counts: [] };

async function entryOf(collector: TelemetryCollector, name = 'h_seconds'): Promise<JsonHistogram> {
  const { metrics } = await collector.getSnapshot();
  return [metrics[name] ?? []].flat()[0] as JsonHistogram;
}

/** Returns how many observations are in each bucket that has any. */
function populated({ native }: JsonHistogram) {
  const { schema, zero_count, positive, negative } = native!;
  const side = ({ offset, counts, infinite }: typeof positive) => [
    ...counts.flatMap((count, i) => (count > 0 ? [[offset + i, count]] : [])),
    ...(infinite ? [[Infinity, infinite]] : []),
  ];
  return { schema, zero: zero_count, positive: side(positive), negative: side(negative) };
}

/** Returns what a callback gives for what another collector shows. */
function given({ native, sum }: JsonHistogram): CollectedHistogram {
  const { schema, zero_count: zeroCount, positive, negative } = native!;
  return { sum, native: { schema, zeroCount, positive, negative } } as CollectedHistogram;
}

describe.each(LINKS)('a collect callback of native buckets over the %s link', (link) => {
  it('gives what its source has counted, as it grows, and after it has started anew', async () => {
    const collector = makeCollector({ link });
    let source: CollectedHistogram = { sum: 0, native: { schema: 0 } };
    const native = { schema: 0 };
    collector.registerHistogram('h_seconds', '', { native, collect: () => source });
    expect(await entryOf(collector)).toMatchObject({ count: 0, sum: 0 });
    source = { sum: 9.5, native: { schema: 0, positive: { offset: 1, counts: [2, 3] } } };
    const first = { schema: 0, zero: 0, positive: [[1, 2], [2, 3]], negative: [] }; // biome-ignore format: one line tells more
    expect(populated(await entryOf(collector))).toEqual(first);
    source = {
      sum: 12,
      native: {
        schema: 0,
        zeroCount: 4,
        positive: {
          offset: -20,
          counts: Object.assign(new Array(25).fill(0), { 0: 1, 21: 2, 22: 5 }),
        },
        negative: { offset: 3, counts: [7], infinite: 1 },
      },
    };
    expect(populated(await entryOf(collector))).toEqual({
      ...{ schema: 0, zero: 4 },
      positive: [[-20, 1], [1, 2], [2, 5]], // biome-ignore format: one line tells more
      negative: [[3, 7], [Infinity, 1]], // biome-ignore format: one line tells more
    });
    expect(await entryOf(collector)).toMatchObject({ count: 20, sum: 12 });
    source = { sum: 1, native: { schema: 0, positive: { offset: 1, counts: [1] } } };
    expect(populated(await entryOf(collector))).toEqual({ ...first, positive: [[1, 1]] });
    expect(await entryOf(collector)).toMatchObject({ count: 1, sum: 1 });
    expect(await errors(collector, 'invalid_value')).toBe(0);
    expect(await errors(collector, 'collect')).toBe(0);
  });

  it('gives what was observed elsewhere, whatever it is', async () => {
    const source = new TelemetryCollector({ link: 'inline' });
    const native = { schema: 4, maxBuckets: 40 };
    const observed = source.registerHistogram('h_seconds', '', { native });
    const collector = makeCollector({ link });
    let total: CollectedHistogram = { sum: 0, native: { schema: 4 } };
    collector.registerHistogram('h_seconds', '', { native, collect: () => total });
    let random = 1;
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 20; i++) {
        random = (random * 48_271) % 2_147_483_647;
        const magnitude = 2 ** ((random % (100 * (round + 1))) / 100 - round / 2);
        observed.observe(random % 7 === 0 ? -magnitude : random % 11 === 0 ? 0 : magnitude);
      }
      const there = await entryOf(source);
      total = given(there);
      const here = await entryOf(collector);
      expect(populated(here)).toEqual(populated(there));
      expect({ count: here.count, sum: here.sum }).toEqual({ count: there.count, sum: there.sum });
    }
    await source.shutdown();
  });
});

describe('native buckets that a callback gives', () => {
  it('are taken together if they are finer than those of the metric, or too many', async () => {
    const collector = makeCollector();
    const fine = { schema: 3, positive: { offset: 1, counts: new Array(16).fill(1) } };
    const collect = () => ({ sum: 40, native: fine });
    collector.registerHistogram('coarse_seconds', '', { native: { schema: 0 }, collect });
    collector.registerHistogram('few_seconds', '', { native: { maxBuckets: 4 }, collect });
    const coarse = populated(await entryOf(collector, 'coarse_seconds'));
    expect(coarse).toMatchObject({ schema: 0, positive: [[1, 8], [2, 8]] }); // biome-ignore format: one line tells more
    const few = populated(await entryOf(collector, 'few_seconds'));
    expect(few).toMatchObject({ schema: 1, positive: [[1, 4], [2, 4], [3, 4], [4, 4]] }); // biome-ignore format: one line tells more
  });

  it('never become finer again, unless their source starts anew', async () => {
    const collector = makeCollector();
    let native = { schema: 2, positive: { offset: 1, counts: [1] } };
    const collect = () => ({ sum: 1, native });
    collector.registerHistogram('h_seconds', '', { native: true, collect });
    expect(populated(await entryOf(collector))).toMatchObject({ schema: 2, positive: [[1, 1]] });
    native = { schema: 0, positive: { offset: 1, counts: [3] } };
    expect(populated(await entryOf(collector))).toMatchObject({ schema: 0, positive: [[1, 3]] });
    native = { schema: 2, positive: { offset: 1, counts: [4] } };
    expect(populated(await entryOf(collector))).toMatchObject({ schema: 0, positive: [[1, 4]] });
    native = { schema: 2, positive: { offset: 2, counts: [1] } };
    expect(populated(await entryOf(collector))).toMatchObject({ schema: 2, positive: [[2, 1]] });
  });

  it('go with classic ones where the metric has both', async () => {
    const collector = makeCollector();
    const buckets = [1, 2, Infinity].map((le, i) => ({ le, count: i + 1 }));
    const native = { schema: 0, zeroCount: 1, positive: { offset: 1, counts: [1, 1] } };
    collector.registerHistogram('h_seconds', '', {
      ...{ native: true, buckets: [1, 2] },
      collect: () => ({ sum: 5, native, buckets }),
    });
    const entry = await entryOf(collector);
    expect(entry).toMatchObject({ count: 3, sum: 5, buckets: { 1: 1, 2: 2, '+Inf': 3 } });
    expect(populated(entry)).toMatchObject({ zero: 1, positive: [[1, 1], [2, 1]] }); // biome-ignore format: one line tells more
    expect(await formatPrometheus(collector)).toContain('h_seconds_bucket{le="2"} 2\n');
  });

  it('add up over threads, and in the overflow series', async () => {
    const collector = makeCollector({ seriesLimit: 2 });
    const one = { sum: 1, native: { schema: 0, positive: { offset: 1, counts: [1] } } };
    const other = { sum: 5, native: { schema: 1, positive: { offset: 1, counts: [2, 2] } } };
    const list = (...all: readonly (typeof one)[]) =>
      all.map((each, i) => ({ ...each, labels: { n: String(i) } }));
    const options = { native: true, labelNames: ['n'] } as const;
    const collect = () => list(one, one, one, other);
    collector.registerHistogram('h_seconds', '', { ...options, collect });
    const thread = joinThread(collector);
    thread.registerHistogram('h_seconds', '', { ...options, collect: () => list(other) });
    await thread.flush();
    const { metrics } = await collector.getSnapshot();
    const entries = [metrics.h_seconds].flat() as JsonHistogram[];
    const byLabel = new Map(entries.map((entry) => [entry.labels.n ?? 'others', populated(entry)]));
    expect(byLabel.get('0')).toMatchObject({ schema: 0, positive: [[1, 5]] });
    expect(byLabel.get('1')).toMatchObject({ schema: 0, positive: [[1, 1]] });
    expect(byLabel.get('others')).toMatchObject({ schema: 0, positive: [[1, 5]] });
  });

  const odd: readonly unknown[] = [
    ...[5, {}, { sum: 1 }, { sum: 1, native: 5 }, { sum: '1', native: { schema: 0 } }],
    { sum: 1, buckets: [{ le: Infinity, count: 1 }] },
    ...[0.5, 9, -5, '0', undefined].map((schema) => ({ sum: 1, native: { schema } })),
    ...[-1, 0.5, Number.NaN, '1'].map((zeroCount) => ({
      sum: 1,
      native: { schema: 0, zeroCount },
    })),
    { sum: 1, native: { schema: 0, zeroThreshold: 1 } },
    { sum: 1, native: { schema: 0, zeroThreshold: Number.NaN } },
    ...[
      ...[{ offset: 0.5 }, { offset: 1100, counts: [1] }, { offset: -1100, counts: [1] }],
      ...[
        { offset: 0, counts: [-1] },
        { offset: 0, counts: [0.5] },
        { offset: 0, counts: 'x' },
      ],
      ...[
        { offset: 0, counts: new Array(3) },
        { offset: 0, counts: new Array(1500).fill(1) },
      ],
      ...[
        { ...NONE, infinite: -1 },
        { ...NONE, infinite: 0.5 },
      ],
    ].flatMap((positive) => [
      { sum: 1, native: { schema: 0, positive } },
      { sum: 1, native: { schema: 0, negative: positive } },
    ]),
  ];
  it.each(odd.map((one, i) => [i, one]))('are refused if they are none (%i)', async (_, one) => {
    const collector = makeCollector({ strict: true });
    collector.registerHistogram('h_seconds', '', { native: true, collect: () => one as never });
    expect(await entryOf(collector)).toBeUndefined();
    expect(await errors(collector, 'invalid_value')).toBeGreaterThanOrEqual(1);
    expect(await errors(collector, 'collect')).toBe(0);
    expect(logOf(collector).join()).toMatch(/it may return \{ native: /);
  });

  it('are refused if they would be widened where that is forbidden', async () => {
    const collector = makeCollector();
    const native = { schema: 1, maxBuckets: 2, resolutionReduction: false };
    let counts = [1, 1];
    const collect = () => ({ sum: 1, native: { schema: 1, positive: { offset: 1, counts } } });
    collector.registerHistogram('h_seconds', '', { native, collect });
    expect(await entryOf(collector)).toMatchObject({ count: 2 });
    counts = [1, 1, 1];
    expect(await entryOf(collector)).toMatchObject({ count: 2 });
    expect(await errors(collector, 'invalid_value')).toBeGreaterThanOrEqual(1);
  });

  it('are not what a summary takes', async () => {
    const collector = makeCollector();
    const collect = (() => ({ sum: 1, native: { schema: 0 } })) as never;
    collector.registerSummary('s_seconds', '', { collect } as never);
    await collector.getSnapshot();
    expect(logOf(collector).join()).toMatch(/s_seconds: .*must record by itself/);
  });
});
