import fc from 'fast-check';
import {
  DEFAULT_BUCKETS,
  exponentialBuckets,
  formatPrometheus,
  linearBuckets,
  MetricType,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { makeCollector, sampleOf, samplesOf } from '../collectors.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('a histogram', () => {
  it('counts each observation in the first bucket that is not below it', async () => {
    const collector = makeCollector();
    const histogram = collector.registerHistogram('h', 'H', { buckets: [0.1, 0.5, 1] });
    for (const value of [0.05, 0.1, 0.3, 0.5, 1, 1.1, -1]) histogram.observe(value);
    expect(histogram.type).toBe(MetricType.Histogram);
    expect(histogram.getValue()).toMatchObject({
      buckets: [
        { le: 0.1, count: 3 },
        { le: 0.5, count: 5 },
        { le: 1, count: 6 },
        { le: Number.POSITIVE_INFINITY, count: 7 },
      ],
      count: 7,
      labels: {},
    });
    expect(await formatPrometheus(collector)).toContain(
      'h_bucket{le="0.1"} 3\nh_bucket{le="0.5"} 5\nh_bucket{le="1"} 6\nh_bucket{le="+Inf"} 7\n',
    );
  });

  it('agrees with counting by hand, whatever the buckets and the values', async () => {
    const bounds = fc
      .uniqueArray(finite, { minLength: 1, maxLength: 20, comparator: 'IsStrictlyEqual' })
      .map((values) => values.map((value) => value + 0).sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(bounds, fc.array(finite), async (buckets, values) => {
        const collector = makeCollector();
        const histogram = collector.registerHistogram('h', '', { buckets });
        for (const value of values) histogram.observe(value);
        const { buckets: counted, count, sum } = histogram.getValue();
        for (const bucket of counted) {
          expect(bucket.count).toBe(values.filter((value) => value <= bucket.le).length);
        }
        expect(counted.at(-1)).toEqual({ le: Number.POSITIVE_INFINITY, count });
        expect(sum).toBe(values.reduce((total, value) => total + value, 0));
        const exposed = await samplesOf(collector, 'h_bucket');
        expect(exposed.map(({ value }) => value)).toEqual(counted.map((bucket) => bucket.count));
        expect(await sampleOf(collector, 'h_count')).toBe(count);
        expect(await sampleOf(collector, 'h_sum')).toBe(sum);
      }),
      { numRuns: 30 },
    );
  });

  it('takes infinities: the upper one is above every bucket', () => {
    const histogram = makeCollector().registerHistogram('h', '', { buckets: [1] });
    histogram.observe(Number.POSITIVE_INFINITY);
    histogram.observe(Number.NEGATIVE_INFINITY);
    expect(histogram.getValue().buckets).toEqual([
      { le: 1, count: 1 },
      { le: Number.POSITIVE_INFINITY, count: 2 },
    ]);
  });

  it('uses the buckets of every Prometheus client unless given others', () => {
    const { buckets } = makeCollector().registerHistogram('h').getValue();
    expect(buckets.map(({ le }) => le)).toEqual([...DEFAULT_BUCKETS, Number.POSITIVE_INFINITY]);
    expect(DEFAULT_BUCKETS).toEqual([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]);
  });

  it('takes +Inf as the last bucket, and does not count it twice', () => {
    const collector = makeCollector();
    const histogram = collector.registerHistogram('h', '', {
      buckets: [1, Number.POSITIVE_INFINITY],
    });
    expect(histogram.getValue().buckets.map(({ le }) => le)).toEqual([1, Number.POSITIVE_INFINITY]);
  });

  it('keeps buckets per label set', async () => {
    const collector = makeCollector();
    const histogram = collector.registerHistogram('h', '', { buckets: [1], labelNames: ['n'] });
    histogram.observe(0.5, { n: 'a' });
    histogram.labels({ n: 'b' }).observe(2);
    expect(await sampleOf(collector, 'h_bucket', { n: 'a', le: '1' })).toBe(1);
    expect(await sampleOf(collector, 'h_bucket', { n: 'b', le: '1' })).toBe(0);
    expect(histogram.getValue({ n: 'b' })).toMatchObject({ count: 1, sum: 2 });
    expect(histogram.getValue({ n: 'c' })).toMatchObject({ count: 0, sum: 0 });
  });

  it('goes back to zero by reset', () => {
    const histogram = makeCollector().registerHistogram('h', '', { buckets: [1] });
    histogram.observe(0.5);
    histogram.reset();
    expect(histogram.getValue()).toMatchObject({ count: 0, sum: 0 });
    histogram.observe(3);
    expect(histogram.getValue()).toMatchObject({ count: 1, sum: 3 });
  });

  it('takes a thousand buckets', async () => {
    const collector = makeCollector();
    const histogram = collector.registerHistogram('h', '', {
      buckets: linearBuckets(1, 1, 1000),
      labelNames: ['n'],
    });
    for (let n = 0; n < 50; n++) histogram.observe(n * 20 + 0.5, { n });
    const exposed = await samplesOf(collector, 'h_bucket');
    expect(exposed).toHaveLength(50 * 1001);
    expect(await samplesOf(collector, 'h_count')).toHaveLength(50);
  });
});

describe('bucket bounds', () => {
  it('rise by a width or by a factor', () => {
    expect(linearBuckets(-10, 5, 4)).toEqual([-10, -5, 0, 5]);
    expect(exponentialBuckets(0.25, 2, 5)).toEqual([0.25, 0.5, 1, 2, 4]);
  });
});

describe('timing', () => {
  const timed = (collector: TelemetryCollector) => {
    const histogram = collector.registerHistogram('h_seconds', '', { labelNames: ['outcome'] });
    return { histogram, count: (outcome: string) => histogram.getValue({ outcome }).count };
  };

  it('observes seconds and returns them', async () => {
    const histogram = makeCollector().registerHistogram('h_seconds');
    const stop = histogram.startTimer();
    const start = performance.now();
    while (performance.now() - start < 5);
    const seconds = stop();
    expect(seconds).toBeGreaterThanOrEqual(0.005);
    expect(seconds).toBeLessThan(5);
    expect(histogram.getValue()).toMatchObject({ count: 1, sum: seconds });
  });

  it('takes labels at the start, at the end, or some at each', () => {
    const histogram = makeCollector().registerHistogram('h_seconds', '', {
      labelNames: ['a', 'b'],
    });
    histogram.startTimer({ a: '1', b: '1' })();
    histogram.startTimer()({ a: '1', b: '1' });
    histogram.startTimer({ a: '1' })({ b: '1' });
    histogram.startTimer({ a: '1', b: '0' })({ b: '1' });
    expect(histogram.getValue({ a: '1', b: '1' }).count).toBe(4);
    histogram.labels({ a: '2', b: '2' }).startTimer()();
    expect(histogram.getValue({ a: '2', b: '2' }).count).toBe(1);
  });

  it('times a function that returns, and hands its result on', () => {
    const { histogram, count } = timed(makeCollector());
    expect(histogram.time(() => 42, { outcome: 'ok' })).toBe(42);
    expect(histogram.labels({ outcome: 'ok' }).time(() => undefined)).toBeUndefined();
    expect(count('ok')).toBe(2);
  });

  it('times a function that throws, and throws what it threw', () => {
    const { histogram, count } = timed(makeCollector());
    const error = new Error('no');
    const fail = () => {
      throw error;
    };
    expect(() => histogram.time(fail, { outcome: 'failed' })).toThrow(error);
    expect(count('failed')).toBe(1);
  });

  it('times a promise to its end, whichever it is', async () => {
    const { histogram, count } = timed(makeCollector());
    let finish = (_: number) => {};
    const result = histogram.time(() => new Promise<number>((resolve) => (finish = resolve)), {
      outcome: 'ok',
    });
    expect(count('ok')).toBe(0);
    finish(7);
    expect(await result).toBe(7);
    expect(count('ok')).toBe(1);
    const error = new Error('no');
    await expect(histogram.time(() => Promise.reject(error), { outcome: 'bad' })).rejects.toBe(
      error,
    );
    expect(count('bad')).toBe(1);
  });
});
