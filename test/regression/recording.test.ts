import { describe, expect, it } from 'vitest';
import { makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { cpuSeconds } from '../cpu-time.ts';

describe('recording', () => {
  it('a BigInt or a symbol does not throw: the sum was made before the type was asked', () => {
    const counter = makeCollector().registerCounter('a_total');
    for (const amount of [1n, Symbol('one')]) counter.increment(amount as never);
    expect(counter.getValue().value).toBe(0);
  });

  it('does not throw when the logger does', () => {
    const fail = () => {
      throw new Error('disk full');
    };
    const collector = makeCollector({ logger: { warn: fail, error: fail } });
    collector.registerCounter('a_total').increment(-1);
  });

  it('keeps the result of a timed function whose labels cannot be read', () => {
    const histogram = makeCollector().registerHistogram('h', '', { labelNames: ['a'] });
    const labels = {
      get a(): string {
        throw new Error('no');
      },
    };
    expect(histogram.time(() => 'result', labels)).toBe('result');
  });

  it('reads zero, not NaN, from a counter that was unregistered', () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total');
    collector.unregister('a_total');
    expect(counter.getValue().value).toBe(0);
  });

  it.each(['last', 'min', 'max', 'mean'] as const)(
    'exposes a gauge that was set to NaN as NaN, combined by %s: NaN stood for never set',
    async (combine) => {
      const collector = makeCollector();
      collector.registerGauge('g', '', { combine }).set(Number.NaN);
      expect(await sampleOf(collector, 'g')).toBeNaN();
    },
  );
});

describe('the series limit', () => {
  it('of 1 does not make the count of overflows overflow itself, without end', async () => {
    const collector = makeCollector({ seriesLimit: 1 });
    for (const name of ['a_total', 'b_total', 'c_total']) {
      const counter = collector.registerCounter(name, '', { labelNames: ['n'] });
      counter.increment(1, { n: 1 });
      counter.increment(1, { n: 2 });
    }
    expect(await samplesOf(collector, 'telemetry_series_overflow_total')).toHaveLength(3);
  });

  it('keeps what overflowed when a series is removed that the collector had put there', async () => {
    const collector = makeCollector({ seriesLimit: 2 });
    const counter = collector.registerCounter('a_total', '', { labelNames: ['n'] });
    for (const n of ['1', '2']) counter.increment(1, { n });
    counter.increment(100, { n: 'overflows' });
    for (let round = 0; round < 3; round++) {
      counter.remove({ n: '1' });
      counter.increment(1, { n: '1' });
      expect(await sampleOf(collector, 'a_total', { n: '1' })).toBe(1);
    }
    const overflow = { otel_metric_overflow: 'true' };
    expect(await sampleOf(collector, 'a_total', overflow)).toBe(100);
  });

  it('does not make removing slower the more series there are', async () => {
    const count = 30_000;
    const collector = makeCollector({ seriesLimit: count });
    const counter = collector.registerCounter('a_total', '', { labelNames: ['n'] });
    for (let n = 0; n < count; n++) counter.increment(1, { n });
    await collector.flush();
    const start = cpuSeconds();
    for (let n = count - 1; n >= 0; n--) counter.remove({ n });
    expect(await samplesOf(collector, 'a_total')).toEqual([]);
    // If each of them took a search through all series, that would take half a minute.
    expect(cpuSeconds() - start).toBeLessThan(5);
  });
});

describe('names', () => {
  it('cannot collide with the samples of the histogram that the library itself has', () => {
    const collector = makeCollector();
    const conflict = expect.objectContaining({ code: 'name_conflict' });
    const count = 'telemetry_collection_duration_seconds_count';
    expect(() => collector.registerCounter(count)).toThrow(conflict);
    expect(() => collector.registerHistogram('telemetry_metrics')).toThrow(conflict);
  });
});
