import { MetricType } from 'utilityfog-telemetry';
import { describe, expect, it, vi } from 'vitest';
import { errors, LINKS, logOf, makeCollector, sampleOf } from '../collectors.ts';

const COMBINES = ['sum', 'last', 'min', 'max', 'mean'] as const;

describe('a gauge', () => {
  it('is set, goes up and down', async () => {
    const collector = makeCollector();
    const gauge = collector.registerGauge('g');
    gauge.set(42);
    gauge.increment();
    gauge.increment(0.5);
    gauge.decrement(3);
    gauge.decrement();
    expect(gauge.getValue()).toMatchObject({ value: 39.5, labels: {} });
    expect(gauge.type).toBe(MetricType.Gauge);
    expect(await sampleOf(collector, 'g')).toBe(39.5);
  });

  it('goes below zero', async () => {
    const collector = makeCollector();
    collector.registerGauge('g').decrement(2);
    expect(await sampleOf(collector, 'g')).toBe(-2);
  });

  it('holds the current time in seconds', () => {
    const gauge = makeCollector().registerGauge('g', '', { labelNames: ['what'] });
    gauge.setToCurrentTime({ what: 'a' });
    gauge.labels({ what: 'b' }).setToCurrentTime();
    for (const what of ['a', 'b']) {
      expect(Math.abs(gauge.getValue({ what }).value - Date.now() / 1000)).toBeLessThan(60);
    }
  });

  it.each(COMBINES)('in one thread shows what was set, combined by %s', async (combine) => {
    const collector = makeCollector();
    const gauge = collector.registerGauge('g', '', { combine });
    expect(await sampleOf(collector, 'g')).toBe(0);
    for (const value of [-5, 0, 3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      gauge.set(value);
      expect(await sampleOf(collector, 'g')).toBe(value);
    }
  });

  it('shows NaN where it was set to NaN', async () => {
    const collector = makeCollector();
    collector.registerGauge('g').set(Number.NaN);
    expect(await sampleOf(collector, 'g')).toBeNaN();
  });

  it('goes back to zero by reset', async () => {
    const collector = makeCollector();
    const gauges = COMBINES.map((combine) => collector.registerGauge(combine, '', { combine }));
    for (const gauge of gauges) {
      gauge.set(3);
      gauge.reset();
      expect(gauge.getValue().value).toBe(0);
      expect(await sampleOf(collector, gauge.name)).toBe(0);
      gauge.increment();
      expect(await sampleOf(collector, gauge.name)).toBe(1);
    }
  });
});

describe.each(LINKS)("a gauge's collect callback, %s link", (link) => {
  it('is called before each scrape, with the gauge, and may set or return a value', async () => {
    const collector = makeCollector({ link });
    let calls = 0;
    collector.registerGauge('returned', '', { collect: () => ++calls });
    collector.registerGauge('resolved', '', { collect: async () => calls * 10 });
    collector.registerGauge('by_label', '', {
      labelNames: ['n'],
      collect(gauge) {
        gauge.set(7, { n: 1 });
        this.set(8, { n: 2 });
      },
    });
    expect(await sampleOf(collector, 'returned')).toBe(1);
    expect(await sampleOf(collector, 'resolved')).toBe(20);
    expect(await sampleOf(collector, 'by_label', { n: '1' })).toBe(7);
    expect(await sampleOf(collector, 'by_label', { n: '2' })).toBe(8);
  });

  it('may fail, now or later, without harm to other gauges', async () => {
    const collector = makeCollector({ link });
    collector.registerGauge('throws', '', {
      collect() {
        throw new Error('no');
      },
    });
    collector.registerGauge('rejects', '', { collect: () => Promise.reject(Symbol('odd')) });
    collector.registerGauge('works', '', { collect: () => 5 });
    expect(await sampleOf(collector, 'works')).toBe(5);
    expect(await errors(collector, 'collect')).toBeGreaterThanOrEqual(2);
    expect(logOf(collector).filter((line) => line.includes('throws'))).toHaveLength(1);
  });

  it('that never comes back holds up no other value', async () => {
    const collector = makeCollector({ link, collectTimeout: 1 });
    const collect = vi.fn(() => new Promise<void>(() => {}));
    collector.registerGauge('stuck', '', { collect });
    const counter = collector.registerCounter('a_total');
    counter.increment();
    expect(await sampleOf(collector, 'a_total')).toBe(1);
    counter.increment();
    expect(await sampleOf(collector, 'a_total')).toBe(2);
    // It is not asked again, so only the first scrape has to wait.
    expect(collect).toHaveBeenCalledTimes(1);
  });
});
