/** Tests that a peak is there for every reader, even if its callback resets it when it reads it. */
import { formatPrometheus, PrometheusAdapter } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { type GaugeOptions, recordingGauge as gaugeKind } from '../../src/kinds/gauge/recording.ts';
import { GaugePeaks } from '../../src/links/gauge-peaks.ts';
import { Registry } from '../../src/metrics/registry.ts';
import { joinThread, LINKS, makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const peak = (registry: Registry, options: GaugeOptions) =>
  registry.register(gaugeKind, 'g', '', options);

/** Gives each value once, and 0 afterwards. */
const once = (...values: number[]) => {
  let calls = 0;
  return { collect: () => values[calls++] ?? 0, calls: () => calls };
};

describe.each(LINKS)('a peak over the %s link', (link) => {
  it('outlives runs, snapshots, exports and other scrapers', async () => {
    const collector = makeCollector({ link, collectionInterval: 0.01 });
    const { collect, calls } = once(800);
    collector.registerGauge('peak', '', { combine: 'max', collect });
    const lowest = once(-3);
    collector.registerGauge('lowest', '', { combine: 'min', collect: lowest.collect });
    await collector.startCollection();
    await expect.poll(calls, { interval: 5 }).toBeGreaterThan(2);
    await collector.stopCollection();
    await collector.getSnapshot();
    await new PrometheusAdapter(`${await makeFolder()}/peak.prom`).exportMetrics(collector);
    for (const _ of [1, 2, 3]) {
      expect(await sampleOf(collector, 'peak')).toBe(800);
      expect(await sampleOf(collector, 'lowest')).toBe(-3);
    }
  });

  it('is kept for each series that the callback sets, awaited or not', async () => {
    const collector = makeCollector({ link });
    const { collect, calls } = once(5, 7, 6);
    collector.registerGauge('peak', '', {
      combine: 'max',
      labelNames: ['of'],
      async collect(gauge) {
        gauge.clear();
        await null;
        const value = collect();
        gauge.set(value, { of: 'a' });
        gauge.set(-value, { of: 'b' });
        if (calls() < 3) gauge.set(1, { of: 'gone' });
      },
    });
    const of = (label: string) => sampleOf(collector, 'peak', { of: label });
    expect(await of('a')).toBe(5);
    expect(await of('gone')).toBe(1);
    expect(await of('a')).toBe(7);
    expect(await of('b')).toBe(0);
    expect(await of('gone')).toBeUndefined();
  });

  it('is kept for each series of a list, and forgotten with the series', async () => {
    const collector = makeCollector({ link });
    const { collect, calls } = once(5, 7, 6, 4, 2, 1);
    collector.registerGauge('peak', '', {
      combine: 'max',
      labelNames: ['of'],
      collect() {
        const value = collect();
        const gone = { value, labels: { of: 'gone' } };
        return [{ value, labels: { of: 'a' } }, ...(calls() === 3 ? [] : [gone])];
      },
    });
    const of = (label: string) => sampleOf(collector, 'peak', { of: label });
    expect(await of('a')).toBe(5);
    expect(await of('gone')).toBe(7);
    expect(await of('gone')).toBeUndefined();
    expect(await of('gone')).toBe(4);
    expect(await of('a')).toBe(7);
  });

  it('is the largest of all threads', async () => {
    const collector = makeCollector({ link });
    const thread = joinThread(collector, { link });
    for (const [owner, value] of [
      [collector, 3],
      [thread, 9],
    ] as const) {
      owner.registerGauge('peak', '', { combine: 'max', collect: once(value).collect });
    }
    await thread.flush();
    await collector.getSnapshot();
    expect(await sampleOf(collector, 'peak')).toBe(9);
  });

  it('is forgotten by a reset, and where keepFor is 0; sums are what they are', async () => {
    const collector = makeCollector({ link });
    const peak = { combine: 'max' } as const;
    const gauge = collector.registerGauge('peak', '', { ...peak, ...once(800) });
    const itself = once(800);
    const set = collector.registerGauge('itself', '', {
      ...peak,
      collect: (own) => own.set(itself.collect()),
    });
    collector.registerGauge('current', '', { ...peak, keepFor: 0, ...once(800) });
    collector.registerGauge('sum', '', once(800));
    expect(await formatPrometheus(collector)).toMatch(/^current 800\n[\s\S]*^sum 800$/m);
    expect(await formatPrometheus(collector)).toMatch(/^current 0\n[\s\S]*^sum 0$/m);
    expect(await sampleOf(collector, 'peak')).toBe(800);
    expect(await sampleOf(collector, 'itself')).toBe(800);
    gauge.reset();
    set.reset();
    expect(await sampleOf(collector, 'peak')).toBe(0);
    expect(await sampleOf(collector, 'itself')).toBe(0);
  });
});

describe('the window of a peak', () => {
  const host = () => {
    const on = { onRegister: () => {}, onErasure: () => {}, logger: console };
    const unused = { sendExemplars: () => undefined, after: () => () => {} };
    return new Registry({ shared: false, seriesLimit: 10, ...on, ...unused });
  };

  it.each(['returned', 'set'] as const)('ends, where the value is %s', (way) => {
    const gauge = peak(host(), {
      combine: 'max',
      collect: () => {},
      keepFor: 60,
    } as never) as never as Parameters<GaugePeaks['set']>[0];
    let time = 0;
    const peaks = new GaugePeaks(() => time);
    const read = (value: number) => {
      peaks.forget(gauge);
      if (way === 'returned') peaks.set(gauge, value);
      else {
        gauge.set(value);
        peaks.keep(gauge);
      }
      return gauge.single.value;
    };
    for (time = 0; time < 100; time++) expect(read(1)).toBe(1);
    expect(read(800)).toBe(800);
    for (time = 101; time <= 160; time += 0.5) expect(read(2)).toBe(800);
    for (; time < 220; time += 0.5) read(2);
    for (; time < 300; time += 0.5) expect(read(2)).toBe(2);
    expect(read(Number.NaN)).toBeNaN();
    expect(read(1)).toBe(2);
    // Nobody has read for a long time.
    read(700);
    time += 1e6;
    expect(read(4)).toBe(4);
  });

  it('is shown to end by a callback that sets nothing', () => {
    const gauge = peak(host(), {
      combine: 'max',
      collect: () => {},
    } as never) as never as Parameters<GaugePeaks['set']>[0];
    let time = 0;
    const peaks = new GaugePeaks(() => time);
    gauge.set(9);
    peaks.keep(gauge);
    gauge.set(3);
    peaks.keep(gauge);
    expect(gauge.single.value).toBe(9);
    for (time = 0; time < 140; time++) peaks.keep(gauge);
    expect(gauge.single.value).toBe(3);
  });

  it.each([
    [{ keepFor: -1 }],
    [{ keepFor: Number.NaN }],
    [{ keepFor: Infinity }],
    [{ keepFor: '60' }],
    [{ keepFor: 60, combine: 'sum' }],
    [{ keepFor: 60, collect: undefined }],
  ])('is refused in %o', (options) => {
    const given = { combine: 'max', collect: () => 1, ...options } as never;
    expect(() => makeCollector().registerGauge('g', '', given)).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    );
  });
});
