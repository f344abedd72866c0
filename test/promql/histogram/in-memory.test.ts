import {
  createEngine,
  type HistogramSample,
  type MemorySeries,
  memorySource,
} from 'utilityfog-telemetry/promql/engine';
import { describe, expect, it } from 'vitest';

const x = { __name__: 'x' };
const source = (...samples: HistogramSample[]) =>
  memorySource([{ labels: x, samples: samples.map((sample, i) => [i * 60, sample] as const) }]);
const growing = (count: number): HistogramSample => {
  return { positive: { indices: [0], counts: [count] }, sum: count };
};

describe('histograms in memory', () => {
  it('count anew behind the end of a series', async () => {
    const samples: MemorySeries['samples'] = [
      [0, growing(5)],
      [60, 'stale'],
      [120, growing(6)],
      [180, growing(7)],
    ];
    const engine = createEngine(memorySource([{ labels: x, samples }]));
    const { elements } = await engine.vector('x', { time: 120 });
    expect(elements.map(({ histogram }) => histogram?.counterReset)).toEqual(['unknown']);
    const later = await engine.vector('x', { time: 180 });
    expect(later.elements.map(({ histogram }) => histogram?.counterReset)).toEqual(['not_reset']);
  });

  it.each<[HistogramSample, RegExp]>([
    [{ schema: 60 }, /the schema of a histogram must be from -4 to 8, or -53 .*; got 60$/],
    [{ schema: 0.5 }, /the schema of a histogram/],
    [{ zeroThreshold: Infinity }, /the zero threshold of a histogram .*; got Infinity$/],
    [{ positive: { indices: [1, 1], counts: [1, 1] } }, /ascending .*; got 1 1$/],
    [{ positive: { indices: [0.5], counts: [1] } }, /must be whole/],
    [{ positive: { indices: [1e9], counts: [1] } }, /must be whole/],
    [{ negative: { indices: [1, 2], counts: [1] } }, /2 numbers of buckets but 1 counts/],
    [{ customBounds: [1, 1] }, /custom bounds must be finite and ascending; got 1 1$/],
    [{ customBounds: [NaN, 1] }, /custom bounds must be/],
    [{ customBounds: [1, Infinity] }, /custom bounds must be/],
    [{ customBounds: [1], zeroCount: 1 }, /neither a zero bucket nor negative buckets$/],
    [{ customBounds: [1], positive: { indices: [2], counts: [1] } }, /from 0 to 1; got 2$/],
    [{ schema: 0, customBounds: [1] }, /must not have custom bounds$/],
    [{ sum: '1' as never }, /must be numbers$/],
    [{ positive: { indices: [0], counts: ['1' as never] } }, /must be numbers$/],
  ])('must be sound: %j', (sample, message) => {
    expect(() => source(sample)).toThrow(message);
    expect(() => source(sample)).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });
});

describe('the count of a sum of histograms', () => {
  const engine = createEngine(
    memorySource([
      { labels: { ...x, a: '1' }, samples: [5, 6, 7].map((n, i) => [i * 60, growing(n)] as const) },
      { labels: { ...x, a: '2' }, samples: [5, 6, 1].map((n, i) => [i * 60, growing(n)] as const) },
    ]),
  );
  const COLLISION = expect.stringContaining('conflicting counter resets');

  it('tells of resets that collide, since they are found on the way', async () => {
    const { elements, warnings } = await engine.vector('histogram_count(sum(x))', { time: 120 });
    expect(elements[0]!.value).toBe(8);
    expect(warnings).toEqual([COLLISION]);
  });

  it.each([
    'sum(x)',
    'histogram_count(sum(x >/ 0.1))',
    'histogram_quantile(0.5, sum(x))',
    'histogram_count(sum(last_over_time(x[1m:1m])))',
  ])('does not where buckets are needed: %s', async (query) => {
    const { elements, warnings } = await engine.vector(query, { time: 120 });
    expect(elements).toHaveLength(1);
    expect(warnings).toEqual([]);
  });
});
