/** Tests summaries through what an application sees of them. */
import fc from 'fast-check';
import {
  formatPrometheus,
  type JsonSummary,
  type TelemetryCollector,
  TelemetryError,
} from 'utilityfog-telemetry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { errors, joinThread, LINKS, makeCollector } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

async function summaryOf(collector: TelemetryCollector, name = 's_seconds'): Promise<JsonSummary> {
  const { metrics } = await collector.getSnapshot();
  return [metrics[name]!].flat()[0] as JsonSummary;
}

describe.each(LINKS)('a summary over the %s link', (link) => {
  it('tells quantiles of what was observed lately', async () => {
    const collector = makeCollector({ link });
    const summary = collector.registerSummary('s_seconds', 'Times', { quantiles: [0.5, 0.99] });
    for (let i = 1; i <= 1000; i++) summary.observe(i);
    const { count, sum, quantiles } = await summaryOf(collector);
    expect({ count, sum }).toEqual({ count: 1000, sum: 500_500 });
    expect(Math.abs(Number(quantiles['0.5']) / 500 - 1)).toBeLessThan(0.011);
    expect(Math.abs(Number(quantiles['0.99']) / 990 - 1)).toBeLessThan(0.011);
    const text = await formatPrometheus(collector);
    expect(text).toMatch(/^# TYPE s_seconds summary\ns_seconds\{quantile="0\.5"\} \d/m);
    expect(text).toContain('s_seconds_sum 500500\ns_seconds_count 1000\n');
  });

  it('is one over all threads, and keeps what ended ones have counted', async () => {
    const collector = makeCollector({ link });
    const options = { labelNames: ['a'], quantiles: [0, 1] } as const;
    const here = collector.registerSummary('s_seconds', '', options);
    const other = joinThread(collector);
    here.observe(1, { a: 'x' });
    other.registerSummary('s_seconds', '', options).observe(100, { a: 'x' });
    await other.flush();
    const { quantiles } = await summaryOf(collector);
    expect(Number(quantiles['0'])).toBeCloseTo(1, 1);
    expect(Math.abs(Number(quantiles['1']) / 100 - 1)).toBeLessThan(0.011);
    await other.shutdown();
    expect(await summaryOf(collector)).toMatchObject({ count: 2, sum: 101 });
  });
});

describe('a summary', () => {
  it('is off by no more than it says, whatever was observed', async () => {
    const values = fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(values, fc.constantFrom(0, 0.1, 0.5, 0.9, 1), async (observed, q) => {
        const collector = makeCollector();
        const summary = collector.registerSummary('s_seconds', '', { quantiles: [q] });
        for (const value of observed) summary.observe(value);
        const { quantiles } = await summaryOf(collector);
        // Between the two observations at that rank any value is a quantile.
        const sorted = observed.sort((a, b) => a - b);
        const at = q * observed.length;
        const low = sorted[Math.max(0, Math.ceil(at) - 1)]!;
        const high = sorted[Math.min(sorted.length - 1, Math.floor(at))]!;
        const estimate = Number(quantiles[String(q)]);
        expect(estimate).toBeGreaterThan(low / 1.0111);
        expect(estimate).toBeLessThan(high * 1.0111);
        await collector.shutdown();
      }),
      { numRuns: 100 },
    );
  });

  it('says NaN before anything was observed', async () => {
    const collector = makeCollector();
    const summary = collector.registerSummary('s_seconds');
    expect(await summaryOf(collector)).toMatchObject({
      count: 0,
      sum: 0,
      quantiles: { 0.5: 'NaN', 0.9: 'NaN', 0.99: 'NaN' },
    });
    expect(summary.getValue()).toMatchObject({
      quantiles: [
        { quantile: 0.5, value: NaN },
        { quantile: 0.9, value: NaN },
        { quantile: 0.99, value: NaN },
      ],
      sum: 0,
      count: 0,
    });
  });

  it('tells what this thread has observed', () => {
    const collector = makeCollector();
    const summary = collector.registerSummary('s_seconds', '', {
      quantiles: [1],
      labelNames: ['a'],
    });
    summary.labels({ a: 'x' }).observe(4);
    expect(summary.getValue({ a: 'x' })).toMatchObject({
      quantiles: [{ quantile: 1, value: 4 }],
      sum: 4,
      count: 1,
      labels: { a: 'x' },
    });
    summary.time(() => {}, { a: 'y' });
    expect(summary.getValue({ a: 'y' }).count).toBe(1);
  });

  it.each([
    [{ quantiles: [] }, 'quantiles must be numbers from 0 to 1, rising'],
    [{ quantiles: [0.9, 0.5] }, 'quantiles must be'],
    [{ quantiles: [1.1] }, 'quantiles must be'],
    [{ quantiles: 0.5 }, 'quantiles must be'],
    [{ quantiles: ['0.5'] }, 'quantiles must be'],
    [{ quantiles: [null, true] }, 'quantiles must be'],
    // biome-ignore lint/suspicious/noSparseArray: that is what is tested
    [{ quantiles: [0.1, , 0.9] }, 'quantiles must be'],
    [{ maxAge: 0 }, 'maxAge must be a positive number of seconds'],
    [{ ageBuckets: 0.5 }, 'ageBuckets must be a whole number'],
    [{ labelNames: ['quantile'] }, 'quantile'],
  ])('is refused with %j', (options, message) => {
    const collector = makeCollector();
    const register = () => collector.registerSummary('s_seconds', '', options as never);
    expect(register).toThrow(TelemetryError);
    expect(register).toThrow(message);
  });

  it.each([
    ['a bigint', [0n]],
    ['too many', Array.from({ length: 1001 }, (_, i) => i / 1000)],
  ])('is refused with %s as quantiles', (_, quantiles) => {
    const register = () =>
      makeCollector().registerSummary('s_seconds', '', { quantiles } as object);
    expect(register).toThrow('at least one and 1000 at most');
  });

  it('refuses NaN', async () => {
    const collector = makeCollector();
    collector.registerSummary('s_seconds').observe(NaN);
    expect(await errors(collector, 'invalid_value')).toBe(1);
  });

  describe('as time goes by', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: 1.7e12 }));
    afterEach(() => void vi.useRealTimers());
    const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
    const greatest = async (collector: TelemetryCollector) =>
      Number((await summaryOf(collector)).quantiles['1']);

    it('forgets what is older than maxAge, and a step of that at most', async () => {
      const collector = makeCollector();
      const summary = collector.registerSummary('s_seconds', '', {
        quantiles: [1],
        maxAge: 100,
        ageBuckets: 5,
      });
      summary.observe(1000);
      expect(await greatest(collector)).toBeCloseTo(1000, -1);
      for (let seconds = 0; seconds < 100; seconds += 10) {
        pass(10);
        summary.observe(1);
        expect(await greatest(collector)).toBeCloseTo(1000, -1);
      }
      pass(20);
      summary.observe(1);
      expect(await greatest(collector)).toBeCloseTo(1, 1);
      pass(120);
      await greatest(collector);
      pass(120);
      expect(await greatest(collector)).toBeNaN();
      expect(await summaryOf(collector)).toMatchObject({ count: 12, sum: 1011 });
    });

    it('begins anew when it is reset', async () => {
      const collector = makeCollector();
      const summary = collector.registerSummary('s_seconds', '', { quantiles: [1] });
      for (let i = 0; i < 5; i++) summary.observe(1000);
      await greatest(collector);
      pass(300);
      await greatest(collector);
      summary.reset();
      summary.observe(2);
      expect(await greatest(collector)).toBeCloseTo(2, 1);
      expect(await summaryOf(collector)).toMatchObject({ count: 1, sum: 2 });
    });

    it('begins anew when it is reset, also if it has observed as much again', async () => {
      const collector = makeCollector();
      const summary = collector.registerSummary('s_seconds', '', { quantiles: [1], maxAge: 100 });
      summary.observe(3);
      for (let i = 0; i < 12; i++) {
        await greatest(collector);
        pass(20);
      }
      expect(await greatest(collector)).toBeNaN();
      pass(1);
      summary.reset();
      summary.observe(3);
      await collector.flush();
      expect(await greatest(collector)).toBeCloseTo(3, 1);
      pass(1);
      expect(await greatest(collector)).toBeCloseTo(3, 1);
    });

    it('forgets old observations although the clock was set back', async () => {
      const collector = makeCollector();
      const summary = collector.registerSummary('s_seconds', '', { quantiles: [1], maxAge: 100 });
      summary.observe(1000);
      await greatest(collector);
      pass(-86_400);
      for (let i = 0; i < 12; i++) {
        await greatest(collector);
        pass(20);
      }
      summary.observe(1);
      expect(await greatest(collector)).toBeCloseTo(1, 1);
    });

    it('counts on after a restart, and leaves out of quantiles what was before', async () => {
      const persist = { name: 'app', directory: await makeFolder() };
      const options = { quantiles: [1] };
      const first = makeCollector({ persist });
      first.registerSummary('s_seconds', '', options).observe(1000);
      await first.shutdown();
      const second = makeCollector({ persist });
      second.registerSummary('s_seconds', '', options).observe(2);
      expect(await greatest(second)).toBeCloseTo(2, 1);
      expect(await summaryOf(second)).toMatchObject({ count: 2, sum: 1002 });
    });
  });
});
