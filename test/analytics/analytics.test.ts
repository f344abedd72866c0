/** Tests watches and statistics through the public interface, over every link. */
import type { AnomalyReport, TelemetryCollectorOptions } from 'utilityfog-telemetry';
import { type AnalyticsOptions, analytics, type Watch } from 'utilityfog-telemetry/analytics';
import { TelemetryCollector as EdgeCollector } from 'utilityfog-telemetry/edge';
import { history } from 'utilityfog-telemetry/history';
import { promql } from 'utilityfog-telemetry/promql';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { errors, LINKS, logOf, makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const LONG = { interval: 20 };

function analysed(options: TelemetryCollectorOptions = {}, more?: AnalyticsOptions) {
  const collector = makeCollector({
    use: [history(), promql(), analytics(more)],
    collectionInterval: 0.01,
    ...options,
  });
  const told: AnomalyReport[] = [];
  collector.addHook('anomaly', (report) => void told.push(report));
  return { collector, told };
}

/** Waits until the detectors of all series of a watch know what is usual. */
async function warm(watch: Watch, series = 1): Promise<void> {
  const state = async () => (await watch.series()).map(({ warming }) => warming);
  await expect.poll(state, LONG).toEqual(new Array(series).fill(false));
}

describe.each(LINKS)('a watch, %s link', (link) => {
  it('tells of what is unusual', async () => {
    const { collector, told } = analysed({ link, labels: { app: 'shop' } });
    const size = collector.registerGauge('queue_size', '', { labelNames: ['zone'] });
    collector.onCollect(() => size.set(10 + Math.random(), { zone: 'a' }));
    const watch = collector.watch(size, { name: 'queue', threshold: 0.8 });
    const late = collector.watch('max(queue_size)', { threshold: 0.8 });
    await collector.startCollection();
    await warm(watch);
    await warm(late);
    told.length = 0;
    collector.onCollect(() => size.set(500, { zone: 'a' }));
    await expect
      .poll(() => told.map((one) => one.watch).sort(), LONG)
      .toEqual(['max(queue_size)', 'queue']);
    const report = told.find((one) => one.watch === 'queue')!;
    expect(report).toMatchObject({ labels: { zone: 'a' }, value: 500 });
    expect(report.score).toBeGreaterThanOrEqual(0.8);
    expect(report.expected).toBeGreaterThan(9);
    expect(report.expected).toBeLessThan(12);
    expect(report.high).toBeLessThan(500);
    expect(report.since).toBeLessThanOrEqual(Date.now() / 1000);
    expect(report.text).toContain('queue_size{zone="a"} is 500, but 10.');
    const events = (await collector.getEvents()).filter(({ name }) => name === 'anomaly');
    expect(events.map(({ labels }) => labels.watch).sort()).toEqual(
      expect.arrayContaining(['max(queue_size)', 'queue']),
    );
    const scores = await samplesOf(collector, 'telemetry_anomaly_score');
    expect(scores.map(({ labels }) => [labels.watch, labels.zone, labels.app]).sort()).toEqual([
      ['max(queue_size)', '', 'shop'],
      ['queue', 'a', 'shop'],
    ]);
    const found = 'max_over_time(telemetry_anomaly_score{watch="queue"}[1m]) >= 0.8';
    const asked = async () => (await collector.query(found)).result;
    await expect.poll(asked, LONG).toMatchObject([{ metric: { zone: 'a', app: 'shop' } }]);
    expect(await errors(collector, 'feature')).toBe(0);
    expect(logOf(collector)).toEqual([]);
  });

  it('ends, and frees what it has', async () => {
    const { collector } = analysed({ link });
    const jobs = collector.registerCounter('jobs_total', '', { labelNames: ['kind'] });
    jobs.increment(1, { kind: 'a' });
    jobs.increment(1, { kind: 'b' });
    const all = collector.watch('jobs_total', { name: 'all' });
    const one = collector.watch(jobs.labels({ kind: 'b' }), { name: 'one' });
    expect(() => collector.watch('jobs_total', { name: 'all' })).toThrow(/there is a watch "all"/);
    await collector.startCollection();
    const watched = async (watch: Watch) => (await watch.series()).map(({ labels }) => labels);
    await expect.poll(() => watched(all), LONG).toHaveLength(2);
    await expect.poll(() => watched(one), LONG).toEqual([{ kind: 'b', statistic: 'rate' }]);
    jobs.remove({ kind: 'a' });
    await expect.poll(() => watched(all), LONG).toEqual([{ kind: 'b', statistic: 'rate' }]);
    all.stop();
    expect(await watched(all)).toEqual([]);
    await expect
      .poll(async () => (await samplesOf(collector, 'telemetry_watched_series')).length, LONG)
      .toBe(1);
    collector.watch('jobs_total', { name: 'all' }).stop();
    const again = collector.watch('jobs_total', { name: 'all' });
    await expect.poll(() => watched(again), LONG).toHaveLength(1);
    expect(logOf(collector)).toEqual([]);
  });
});

it.each([{}, { native: true as const }])(
  'a histogram is watched by its quantiles and its distribution, %o',
  async (options) => {
    const { collector, told } = analysed();
    const times = collector.registerHistogram('call_seconds', '', { ...options, unit: 'seconds' });
    let slow = false;
    collector.onCollect(() => {
      for (let i = 0; i < 25; i++) times.observe(slow ? 4 : 0.1 + 0.4 * Math.random());
    });
    const watch = collector.watch(times, { quantiles: [0.5, 0.999], threshold: 0.8 });
    await collector.startCollection();
    await warm(watch, 3);
    const labels = (await watch.series()).map((one) => one.labels.statistic);
    expect(labels).toEqual(['p50', 'p99.9', 'distribution']);
    told.length = 0;
    slow = true;
    const told50 = () => told.find((one) => one.labels.statistic === 'p50')?.text;
    await expect
      .poll(told50, LONG)
      .toMatch(/^The p50 of call_seconds is [34]\.?\d* seconds, but 0\.\d+ seconds was expected/);
    const [, , distribution] = await watch.series();
    expect(distribution!.value).toBeGreaterThan(0.5);
    expect(distribution!.value).toBeLessThanOrEqual(1);
    expect(logOf(collector)).toEqual([]);
  },
);

it('a metric is watched without history', async () => {
  const { collector } = analysed({ use: [analytics()] });
  collector.registerGauge('depth').set(1);
  const watch = collector.watch('depth');
  await collector.startCollection();
  await expect.poll(() => watch.series(), LONG).toMatchObject([{ labels: {}, value: 1 }]);
  expect(() => collector.watch('depth + 1')).toThrow(/needs `use: \[history\(\), promql\(\), ana/);
  await expect(collector.describe('depth', { over: 60 })).rejects.toThrow(
    /use: \[history\(\), ana/,
  );
  expect(() => makeCollector().watch('depth')).toThrow(/use: \[analytics\(\)\]/);
});

it('a mistake is told at once, or else to the logger, once', async () => {
  const { collector } = analysed();
  for (const target of [undefined, 3, '', {}, collector]) {
    expect(() => collector.watch(target as never)).toThrow(/watch\(\) target must be a metric/);
  }
  expect(() => collector.watch('x', { threshold: 0 })).toThrow(/threshold must be/);
  expect(() => collector.watch('x', { quantiles: [2] })).toThrow(/quantiles must be/);
  const wrong = collector.watch('sum(', { name: 'wrong' });
  await expect(wrong.series()).rejects.toThrow('unclosed left parenthesis');
  // The name is free again.
  collector.watch('sum(x)', { name: 'wrong' });
  collector.registerInfo('build_info', '', { labels: { version: '1' } });
  const info = collector.watch('build_info');
  const dropped = 'telemetry_history_dropped_samples_total';
  const failing = collector.watch(`${dropped} * on () ${dropped}`, { name: 'fails' });
  await collector.startCollection();
  await expect.poll(() => info.series().catch(String), LONG).toMatch(/its type is info/);
  await expect
    .poll(() => failing.series().catch(String), LONG)
    .toMatch(/duplicate series|many-to-many/);
  const failures = () => sampleOf(collector, 'telemetry_watch_failures_total', { watch: 'fails' });
  await expect.poll(failures, LONG).toBeGreaterThan(3);
  expect(await errors(collector, 'watch')).toBe(3);
  expect(logOf(collector).filter((line) => /watch/.test(line))).toHaveLength(3);
});

it('series beyond the limit are counted, and watched once there is room', async () => {
  const { collector } = analysed({}, { seriesLimit: 3 });
  const load = collector.registerGauge('load', '', { labelNames: ['zone'] });
  for (const zone of ['a', 'b', 'c', 'd', 'e']) load.set(1, { zone });
  const watch = collector.watch(load);
  await collector.startCollection();
  const zones = async () => (await watch.series()).map(({ labels }) => labels.zone);
  await expect.poll(zones, LONG).toEqual(['a', 'b', 'c']);
  const refused = () => sampleOf(collector, 'telemetry_watch_refused_series', { watch: 'load' });
  expect(await refused()).toBe(2);
  load.remove({ zone: 'b' });
  await expect.poll(zones, LONG).toEqual(['a', 'c', expect.stringMatching(/^[de]$/)]);
  expect(await refused()).toBe(1);
  expect(logOf(collector)).toEqual([expect.stringContaining('3 series at most')]);
});

it('what detectors have learned outlives the collector', async () => {
  const persist = { name: 'shop', directory: await makeFolder() };
  const begin = (collectionInterval: number) => {
    const { collector } = analysed({ persist, collectionInterval });
    const size = collector.registerGauge('queue_size');
    collector.onCollect(() => size.set(10 + Math.random()));
    return { collector, watch: collector.watch(size, { threshold: 0.8 }) };
  };
  const first = begin(0.01);
  await first.collector.startCollection();
  await warm(first.watch);
  await first.collector.shutdown();
  // To learn it again would take a hundred runs.
  const second = begin(2);
  await second.collector.startCollection();
  await warm(second.watch);
});

it('a life of the application does not go on with the watches of the one before', async () => {
  const persist = { name: 'shop', directory: await makeFolder() };
  const first = analysed({ persist }).collector;
  first.registerGauge('load').set(1);
  first.watch('load');
  await first.startCollection();
  await first.flush();
  await first.shutdown();
  const second = analysed({ persist }).collector;
  second.registerGauge('load').set(1);
  await second.startCollection();
  await second.flush();
  expect(await samplesOf(second, 'telemetry_watched_series')).toEqual([]);
});

it('runs at the edge', async () => {
  const collector = new EdgeCollector({
    use: [history(), promql(), analytics()],
    collectionInterval: 0.01,
  });
  onTestFinished(() => collector.shutdown());
  collector.registerGauge('load').set(2);
  const watch = collector.watch('load');
  await collector.startCollection();
  await expect.poll(() => watch.series(), LONG).toMatchObject([{ value: 2 }]);
});

describe('statistics', () => {
  /** Sets each value, one for each collection run. These are 10 ms apart, however long they take. */
  async function recorded(values: readonly number[]) {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const { collector } = analysed();
    const depth = collector.registerGauge('depth', '', { labelNames: ['zone'] });
    const sizes = collector.registerHistogram('size_bytes', '', { buckets: [1, 2, 4] });
    const native = collector.registerHistogram('native_bytes', '', { native: true });
    const calls = collector.registerCounter('calls_total', '', { labelNames: ['code'] });
    const marks: number[] = [];
    // Histograms and counters are there before they count.
    sizes.observe(1);
    native.observe(1);
    for (const code of ['200', '500']) calls.increment(0, { code });
    let i = -1;
    const done = new Promise<void>((resolve) => {
      collector.addHook('collection', () => {
        const value = values[++i];
        if (value === undefined) return resolve();
        marks.push(Date.now() / 1000);
        depth.set(value, { zone: 'a' });
        depth.set(value + 1, { zone: 'b' });
        sizes.observe(value);
        native.observe(value);
        calls.increment(2, { code: '200' });
        calls.increment(i < values.length / 2 ? 0 : 9, { code: '500' });
        vi.setSystemTime(Date.now() + 10);
      });
    });
    await collector.startCollection();
    await done;
    await collector.stopCollection();
    return { collector, depth, marks };
  }
  const values = Array.from({ length: 60 }, (_, i) => 1 + (i % 3));

  it('describe what the history has', async () => {
    const { collector, depth } = await recorded(values);
    const one = await collector.describe(depth.labels({ zone: 'a' }), { over: 60 });
    expect(one).toMatchObject({ count: 60, mean: expect.closeTo(2, 9), min: 1, max: 3 });
    expect(one.variance).toBeCloseTo(2 / 3, 9);
    expect(one.quantiles.find(({ quantile }) => quantile === 0.5)).toEqual({
      ...{ quantile: 0.5, value: 2, low: 2, high: 2 },
    });
    expect(Math.abs(one.trend!.slope)).toBeLessThan(1);
    const both = await collector.describe(depth, { over: 60 });
    expect(both).toMatchObject({ count: 120, mean: expect.closeTo(2.5, 9), min: 1, max: 4 });
    expect(both.series.map(({ labels, mean }) => [labels.zone, mean])).toEqual([
      ['a', expect.closeTo(2, 9)],
      ['b', expect.closeTo(3, 9)],
    ]);
    const asked = await collector.describe('max(depth)', { over: 60 });
    // It is not evaluated at each run.
    expect([2, 3, 4]).toEqual(expect.arrayContaining([asked.min, asked.max]));
    const none = await collector.describe('nothing', { over: 60 });
    expect(none).toMatchObject({ count: 0, mean: Number.NaN, series: [], changePoints: [] });
  });

  it.each(['size_bytes', 'native_bytes'])('have bounds for the quantiles of %s', async (name) => {
    const { collector } = await recorded(values);
    const { count, mean, quantiles, variance } = await collector.describe(name, { over: 60 });
    expect([count, mean]).toEqual([60, expect.closeTo(2, 9)]);
    // Where in its bucket a value lies is not known.
    expect(Math.abs(variance - 2 / 3)).toBeLessThan(0.6);
    for (const { quantile, value, low, high } of quantiles) {
      const exact = [...values].sort()[Math.ceil(quantile * 60) - 1]!;
      expect(exact).toBeGreaterThan(low);
      expect(exact).toBeLessThanOrEqual(high);
      expect(value).toBeLessThanOrEqual(high);
    }
  });

  it('correlate targets, and tell what has changed', async () => {
    const { collector, depth, marks } = await recorded(
      values.map((value) => value + Math.random()),
    );
    const [one, other] = [depth.labels({ zone: 'a' }), depth.labels({ zone: 'b' })];
    const found = await collector.correlate(one, other, { over: 60 });
    expect(found).toMatchObject({ coefficient: expect.closeTo(1, 9), lag: 0 });
    expect(found.count).toBeGreaterThan(8);
    const { changes, contributions } = await collector.changes({ since: marks[30]!, top: 3 });
    expect(changes[0]).toMatchObject({
      ...{ metric: 'calls_total', labels: { code: '500' }, statistic: 'rate', presence: 'both' },
      before: 0,
    });
    expect(changes[0]!.after).toBeCloseTo(900, 0);
    expect(changes.length).toBeLessThanOrEqual(3);
    expect(contributions[0]).toMatchObject({ metric: 'calls_total', label: 'code', value: '500' });
    const spans = { before: [marks[5]!, marks[25]!], after: [marks[35]!, marks[55]!] } as const;
    const between = await collector.changes(spans);
    expect(between).toMatchObject(spans);
    expect(between.changes.map(({ labels }) => labels)).toContainEqual({ code: '500' });
  });

  it('refuse what they cannot answer', async () => {
    const { collector } = analysed();
    await expect(collector.describe('x', {} as never)).rejects.toThrow(/over must be/);
    await expect(collector.describe('sum(', { over: 5 })).rejects.toThrow(/unclosed/);
    await expect(collector.changes({})).rejects.toThrow(/`since`, or else/);
    await expect(collector.changes({ before: [2, 1], after: [3, 4] })).rejects.toThrow(
      /before must/,
    );
  });
});
