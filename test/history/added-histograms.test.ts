/** Tests native histograms that come from elsewhere than from metrics, such as those that rules record. */
import { describe, expect, it } from 'vitest';
import type { FloatHistogram } from '../../src/promql/histogram/float-histogram.ts';
import { LabelSet } from '../../src/promql/label-set.ts';
import { logOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { makePast, matcher, type Past, samplesIn } from './past.ts';

const labels = LabelSet.of({ __name__: 'job:h' });
const NONE = { indices: [], counts: [] };

const histogram = (of: Partial<FloatHistogram> = {}): FloatHistogram => ({
  ...{ schema: 0, zeroThreshold: 0, zeroCount: 0, count: 3.5, sum: 7 },
  ...{ positive: { indices: [1, 4], counts: [1.5, 2] }, negative: NONE, counterReset: 'unknown' },
  ...of,
});

async function samplesOf({ part }: Past) {
  const found = await samplesIn(part, [matcher('__name__', 'job:h')]);
  return found.get('job:h[]');
}

/** In seconds since 1970. */
const BEGIN = Math.floor(Date.now() / 1000) - 1000;

function append(past: Past, time: number, value: number | FloatHistogram | 'stale'): void {
  past.part.append((BEGIN + time) * 1000, [{ labels, value }]);
}

describe('native histograms that are added', () => {
  it('are kept as they are, and end', async () => {
    const past = await makePast();
    const gauge = histogram({ counterReset: 'gauge' });
    const values = [histogram(), gauge, gauge, 'stale', histogram()] as const;
    for (const [i, value] of values.entries()) append(past, 10 * i, value);
    expect(await samplesOf(past)).toEqual(values.map((value, i) => [BEGIN + 10 * i, value]));
  });

  it('may take turns with numbers in one series', async () => {
    const past = await makePast();
    const values = [1, histogram(), histogram(), 2, 3, histogram(), 'stale', 4] as const;
    for (const [i, value] of values.entries()) append(past, 10 * i, value);
    expect(await samplesOf(past)).toEqual(values.map((value, i) => [BEGIN + 10 * i, value]));
  });

  it('share what is the same, and are counted and bounded as all samples are', async () => {
    const past = await makePast({ maxBytes: 1_000_000 });
    const status = past.part.calls!.status as () => { bytes: number; samples: number };
    append(past, 0, histogram());
    const first = status().bytes;
    for (let i = 1; i <= 60; i++) append(past, i / 100, histogram());
    expect(status().bytes - first).toBeLessThan(2000);
    const counts = Array.from({ length: 1000 }, () => 1);
    for (let i = 1; i <= 500; i++) {
      const indices = counts.map((_, at) => at + i);
      append(past, i, histogram({ positive: { indices, counts } }));
      expect(status().bytes).toBeLessThanOrEqual(1_000_000);
    }
    expect((await samplesOf(past))!.length).toBe(status().samples);
  });

  it('survive a restart with whatever they have', async () => {
    const options = { persist: { name: 'app', directory: await makeFolder() } };
    const one = await makePast({}, options);
    const custom = {
      schema: -53,
      customBounds: [1, 5],
      positive: { indices: [0, 2], counts: [1, 2] },
    };
    const odd = { indices: [2, 3], counts: [Number.NaN, Number.POSITIVE_INFINITY] };
    const values = [
      histogram({ counterReset: 'gauge' }),
      histogram(custom),
      histogram({ ...custom, counterReset: 'gauge' }),
      histogram({ positive: odd, sum: Number.NaN }),
      histogram(),
      5,
      'stale',
    ] as const;
    for (const [i, value] of values.entries()) append(one, 10 * i, value);
    const before = await samplesOf(one);
    expect(before).toEqual(values.map((value, i) => [BEGIN + 10 * i, value]));
    await one.collector.shutdown();
    const other = await makePast({}, options);
    await other.part.flush?.();
    expect(await samplesOf(other)).toEqual(before);
    expect(logOf(other.collector)).toEqual([]);
  });
});
