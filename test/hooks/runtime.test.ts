import { constants, PerformanceObserver } from 'node:perf_hooks';
import { collectDefaultMetrics, register } from 'prom-client';
import { formatPrometheus, setupRuntimeHooks } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { checkMetrics } from '../backends/promtool.ts';
import { logOf, makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { parseText } from '../formats/text-parser.ts';
import { promtoolPath, requirePart } from '../parts.ts';

/** The names that prom-client exposes and that its dashboards query. */
const EXPECTED = {
  process_cpu_user_seconds_total: 'counter',
  process_cpu_system_seconds_total: 'counter',
  process_cpu_seconds_total: 'counter',
  process_start_time_seconds: 'gauge',
  process_resident_memory_bytes: 'gauge',
  nodejs_eventloop_lag_seconds: 'gauge',
  nodejs_eventloop_lag_min_seconds: 'gauge',
  nodejs_eventloop_lag_max_seconds: 'gauge',
  nodejs_eventloop_lag_mean_seconds: 'gauge',
  nodejs_eventloop_lag_stddev_seconds: 'gauge',
  nodejs_eventloop_lag_p50_seconds: 'gauge',
  nodejs_eventloop_lag_p90_seconds: 'gauge',
  nodejs_eventloop_lag_p99_seconds: 'gauge',
  nodejs_active_resources: 'gauge',
  nodejs_active_resources_total: 'gauge',
  nodejs_heap_size_total_bytes: 'gauge',
  nodejs_heap_size_used_bytes: 'gauge',
  nodejs_external_memory_bytes: 'gauge',
  nodejs_heap_space_size_total_bytes: 'gauge',
  nodejs_heap_space_size_used_bytes: 'gauge',
  nodejs_heap_space_size_available_bytes: 'gauge',
  nodejs_version_info: 'gauge',
  nodejs_gc_duration_seconds: 'histogram',
};
const EXPECTED_ON_LINUX = {
  process_open_fds: 'gauge',
  process_max_fds: 'gauge',
  process_virtual_memory_bytes: 'gauge',
};

describe('runtime hooks in Node', () => {
  it('have every name of the default metrics of prom-client', async () => {
    const collector = makeCollector();
    setupRuntimeHooks(collector);
    collectDefaultMetrics();
    const theirs = (await register.getMetricsAsJSON()).map(({ name }) => name);
    register.clear();
    expect(theirs.length).toBeGreaterThan(20);
    const { types } = parseText(await formatPrometheus(collector));
    expect(theirs.filter((name) => !types.has(name))).toEqual([]);
  });

  it('are there again after a reset', async () => {
    const collector = makeCollector();
    setupRuntimeHooks(collector);
    await collector.flush();
    collector.resetAllMetrics();
    expect((await samplesOf(collector, 'nodejs_version_info'))[0].value).toBe(1);
  });

  it('register what dashboards for prom-client query', async () => {
    const collector = makeCollector();
    setupRuntimeHooks(collector);
    setupRuntimeHooks(collector);
    const { types } = parseText(await formatPrometheus(collector));
    const expected =
      process.platform === 'linux' ? { ...EXPECTED, ...EXPECTED_ON_LINUX } : EXPECTED;
    expect(Object.fromEntries(types)).toMatchObject(expected);
    expect(logOf(collector)).toEqual([]);
  });

  it.skipIf(!requirePart('promtool', promtoolPath()))('can be read by promtool', async () => {
    const collector = makeCollector();
    setupRuntimeHooks(collector);
    expect((await checkMetrics(await formatPrometheus(collector))).parseError).toBeUndefined();
  });

  it('give plausible values', async () => {
    const collector = makeCollector();
    setupRuntimeHooks(collector);
    await formatPrometheus(collector);
    const start = performance.now();
    while (performance.now() - start < 50);
    const value = async (name: string, labels = {}) => (await sampleOf(collector, name, labels))!;

    const started = Date.now() / 1000 - process.uptime();
    expect(Math.abs((await value('process_start_time_seconds')) - started)).toBeLessThan(5);
    const user = await value('process_cpu_user_seconds_total');
    expect(user).toBeGreaterThan(0.05);
    expect(user).toBeLessThan(process.uptime() * 16);
    const total = await value('process_cpu_seconds_total');
    const system = await value('process_cpu_system_seconds_total');
    expect(total).toBeGreaterThanOrEqual(user);
    expect(system).toBeLessThanOrEqual(total);
    for (const name of ['process_resident_memory_bytes', 'nodejs_heap_size_used_bytes']) {
      const bytes = await value(name);
      expect(bytes).toBeGreaterThan(1e6);
      expect(bytes).toBeLessThan(1e11);
    }
    expect(await value('nodejs_eventloop_lag_max_seconds')).toBeGreaterThanOrEqual(0);
    const [version] = await samplesOf(collector, 'nodejs_version_info');
    expect(version).toMatchObject({ labels: { version: process.version }, value: 1 });
    const spaces = await samplesOf(collector, 'nodejs_heap_space_size_used_bytes');
    expect(spaces.map(({ labels }) => labels.space)).toContain('old');
    // Both come from one scrape: by the next, another resource may have come or gone.
    const { samples } = parseText(await formatPrometheus(collector));
    const valuesOf = (name: string) =>
      samples.filter((sample) => sample.name === name).map((sample) => sample.value);
    const sum = valuesOf('nodejs_active_resources').reduce((all, count) => all + count, 0);
    expect([sum]).toEqual(valuesOf('nodejs_active_resources_total'));
  });

  it.skipIf(process.platform !== 'linux')('count file descriptors', async () => {
    const collector = makeCollector();
    setupRuntimeHooks(collector);
    const open = (await sampleOf(collector, 'process_open_fds'))!;
    expect(open).toBeGreaterThan(3);
    expect(await sampleOf(collector, 'process_max_fds')).toBeGreaterThanOrEqual(open);
    expect(await sampleOf(collector, 'process_virtual_memory_bytes')).toBeGreaterThan(1e6);
  });

  it('observe garbage collection', async () => {
    const collector = makeCollector();
    setupRuntimeHooks(collector);
    const collected = new Promise<void>((resolve) => {
      const observer = new PerformanceObserver((list) => {
        const entries = list.getEntries() as unknown as { detail: { kind: number } }[];
        const kinds = entries.map(({ detail }) => detail.kind);
        if (!kinds.includes(constants.NODE_PERFORMANCE_GC_MINOR)) return;
        observer.disconnect();
        resolve();
      });
      observer.observe({ entryTypes: ['gc'] });
    });
    const garbage = () => Array.from({ length: 1000 }, () => new Array(1000).fill(1));
    let waste = garbage();
    const timer = setInterval(() => {
      waste = garbage();
    });
    await collected;
    clearInterval(timer);
    expect(waste.length).toBe(1000);
    const count = await sampleOf(collector, 'nodejs_gc_duration_seconds_count', { kind: 'minor' });
    expect(count).toBeGreaterThan(0);
  });
});
