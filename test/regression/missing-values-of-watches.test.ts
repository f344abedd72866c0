/**
 * A gauge or an expression that became NaN kept the score of its last value for ever, and so did a histogram that observed
 * nothing any more: an alert on the score fired until there was a value.
 */
import type { MetricFamily, PartHost } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import type { WatchedSeriesStatus } from '../../src/analytics/analyses.ts';
import { start } from '../../src/features/analytics/part.ts';
import { LabelSet } from '../../src/promql/label-set.ts';
import { Beside, family, NO_LABELS } from '../analytics/beside.ts';
import { randomOf } from '../analytics/random.ts';

const parts = ['level', 'silence'] as const;

/** Watches a gauge. Some values that are usual come first, and then one that is not. */
function struck(detector?: { parts: typeof parts }): Beside {
  const beside = new Beside();
  const { uniform } = randomOf(1);
  beside.watch({ detector });
  for (let i = 0; i < 300; i++) beside.run(family('gauge', [10 + uniform()]));
  beside.run(family('gauge', [900]));
  expect(beside.told).toHaveLength(1);
  return beside;
}

function missing(beside: Beside, runs: number): WatchedSeriesStatus {
  for (let i = 0; i < runs; i++) beside.run(family('gauge', [Number.NaN]));
  return beside.series()[0]!;
}

describe('a gauge that is NaN', () => {
  it('keeps its score for as long as values usually lie apart', () => {
    const { score, value, parts } = missing(struck(), 1);
    expect(score).toBeGreaterThanOrEqual(0.9);
    expect(value).toBe(900);
    expect(parts.level).toBeGreaterThan(0.9);
  });

  it('is no anomaly after that, and the one before is over', () => {
    const beside = struck();
    expect(missing(beside, 2)).toMatchObject({ score: 0, value: Number.NaN, warming: false });
    expect(missing(beside, 200)).toMatchObject({ score: 0 });
    expect(beside.own('anomaly_score')).toEqual([0]);
    expect(beside.told).toHaveLength(1);
    const { uniform } = randomOf(2);
    for (let i = 0; i < 110; i++) beside.run(family('gauge', [10 + uniform()]));
    beside.run(family('gauge', [90_000]));
    expect(beside.told).toHaveLength(2);
    expect(beside.told[1]!.since).toBe(beside.now);
  });

  it('is silent if its silence is to be noticed', () => {
    const beside = struck({ parts });
    const { uniform } = randomOf(2);
    for (let i = 0; i < 110; i++) beside.run(family('gauge', [10 + uniform()]));
    expect(missing(beside, 20).score).toBeGreaterThanOrEqual(0.9);
    expect(beside.told).toHaveLength(2);
    expect(beside.told[1]!.text).toMatch(/^x has no value any more; 10\.\d+ was expected/);
  });
});

it('an expression that gives NaN loses its score, and goes on with what it knows', async () => {
  let now = 1_800_000_000;
  let value = 0;
  const vector = async () => ({ elements: [{ labels: LabelSet.of({}), value }] });
  const host = {
    clock: { now: () => now, elapsed: () => now },
    part: () => ({ engine: { vector }, language: { checked: () => {} } }),
    ...{ hook: () => {}, event: () => {}, fail: () => {}, blobs: async () => undefined },
  };
  const part = start(host as never as PartHost, { seriesLimit: 10, life: 'a' });
  const calls = part.calls as Record<string, (argument: unknown) => unknown>;
  calls.watch!({ name: 'w', threshold: 0.9, quantiles: [], target: { expr: 'a / b' } });
  const { uniform } = randomOf(1);
  const run = async (next: number) => {
    value = next;
    now += 10;
    part.sampled!({ timestamp: now, eventsCount: 0, running: true, families: [] });
    await new Promise(setImmediate);
    return (calls.series!('w') as WatchedSeriesStatus[])[0]!;
  };
  for (let i = 0; i < 200; i++) await run(uniform());
  expect((await run(70)).score).toBeGreaterThan(0.9);
  await run(Number.NaN);
  expect(await run(Number.NaN)).toMatchObject({ score: 0, value: Number.NaN });
  expect(await run(0.5)).toMatchObject({ value: 0.5, warming: false });
});

describe('a histogram', () => {
  /** Observations in the only bucket but that of +Inf. */
  const histogram = (count: number): MetricFamily => ({
    ...{ name: 'x', description: '', unit: '', labels: {}, type: 'histogram', data: 'buckets' },
    ...{ series: NO_LABELS, labelNames: [], buckets: [1] },
    values: Float64Array.of(count, count, 0),
  });

  it('keeps its score while observations are gathered, and not when there are none any more', () => {
    const beside = new Beside();
    beside.watch();
    let count = 0;
    // Twenty observations make a value: one in three runs.
    for (let i = 0; i < 600; i++) beside.run(histogram((count += 7)));
    expect(beside.series()[0]!.value).toBe(0.5);
    for (let i = 0; i < 2; i++) {
      beside.run(histogram((count += 7)));
      expect(beside.series()[0]!.value).toBe(0.5);
    }
    for (let i = 0; i < 9; i++) beside.run(histogram(count));
    expect(beside.series()[0]).toMatchObject({ value: Number.NaN, score: 0 });
    expect(beside.told).toEqual([]);
  });
});
