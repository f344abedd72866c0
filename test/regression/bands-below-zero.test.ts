/**
 * The band of a rate, of a duration and of a distance went below 0, where no value can be. What is said of other values
 * stays as it is, and so do scores.
 */
import type { MetricFamily } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { createDetector } from '../../src/analytics/detectors.ts';
import { Beside, family, NO_LABELS } from '../analytics/beside.ts';
import { randomOf } from '../analytics/random.ts';

const RUNS = 300;

/** Runs a watch, and returns the least `low` of each statistic. */
function lowest(next: (i: number) => MetricFamily): Record<string, number> {
  const beside = new Beside();
  beside.watch();
  const least: Record<string, number> = {};
  for (let i = 0; i < RUNS; i++) {
    beside.run(next(i));
    for (const { labels, low, expected, high } of beside.series()) {
      if (Number.isNaN(low)) continue;
      const { statistic = '' } = labels;
      least[statistic] = Math.min(least[statistic] ?? 0, low);
      expect(low <= expected && expected <= high, `${low} ${expected} ${high}`).toBe(true);
    }
  }
  return least;
}

function histograms(bounds: readonly number[]) {
  const { uniform } = randomOf(3);
  const counts = [0, ...bounds.map(() => 0), 0];
  return (): MetricFamily => {
    for (let k = 1; k < counts.length; k++) counts[k]! += Math.floor(60 * uniform() ** 3);
    return {
      ...{ name: 'x', description: '', unit: '', labels: {}, type: 'histogram', data: 'buckets' },
      ...{ series: NO_LABELS, labelNames: [], buckets: bounds, values: Float64Array.from(counts) },
    };
  };
}

/** Mostly small, and sometimes large: much more than the mean below it is usual. */
const skewed = () => {
  const { uniform } = randomOf(2);
  return () => -10 * Math.log(1 - uniform());
};

describe('low is not below 0', () => {
  it('of the rate of a counter, whose score stays the same', () => {
    const value = skewed();
    const beside = new Beside();
    beside.watch();
    const detector = createDetector();
    let total = 0;
    let below = 0;
    beside.run(family('counter', [total]));
    for (let i = 0; i < RUNS; i++) {
      const more = value();
      const before = total;
      beside.run(family('counter', [(total += more)]));
      const { score, low } = detector.next(beside.now, (total - before) / 10);
      const [series] = beside.series();
      expect(series!.score).toBe(score);
      if (low < 0) below++;
      expect(series!.low).toBe(Math.max(0, low));
    }
    expect(below).toBeGreaterThan(0);
    expect(beside.own('anomaly_low')).toEqual([0]);
  });

  it('of what is watched of a histogram', () => {
    expect(lowest(histograms([0.1, 1, 10]))).toEqual({ p50: 0, distribution: 0 });
  });
});

describe('low is below 0 where values may be', () => {
  it('of a gauge', () => {
    const value = skewed();
    expect(lowest(() => family('gauge', [value()]))['']).toBeLessThan(0);
  });

  it('of a histogram with a bucket below 0', () => {
    const { p50, distribution } = lowest(histograms([-10, -1, 10]));
    expect(p50).toBeLessThan(0);
    expect(distribution).toBe(0);
  });
});
