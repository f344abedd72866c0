/**
 * Tests that ready-made metrics are right: of several threads, read by several readers, chosen and
 * unregistered.
 */
import { formatPrometheus, setupRuntimeHooks } from 'utilityfog-telemetry';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { recentDelays } from '../../src/hooks/event-loop-lag.ts';
import { joinThread, LINKS, logOf, makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { parseText } from '../formats/text-parser.ts';

afterEach(() => void vi.restoreAllMocks());

const started = () => Date.now() / 1000 - process.uptime();

describe.each(LINKS)('threads that tell of one process over the %s link', (link) => {
  it('count once what belongs to it, in any order, and when one has gone', async () => {
    const collector = makeCollector({ link });
    const first = joinThread(collector, { link });
    setupRuntimeHooks(first);
    await first.flush();
    const check = async () => {
      const { samples } = parseText(await formatPrometheus(collector));
      const value = (name: string) => samples.find((sample) => sample.name === name)?.value;
      expect(Math.abs(value('process_start_time_seconds')! - started())).toBeLessThan(60);
      expect(value('process_resident_memory_bytes')! / process.memoryUsage().rss).toBeLessThan(1.9);
      if (process.platform === 'linux') {
        expect(value('process_open_fds')!).toBeLessThanOrEqual(value('process_max_fds')!);
      }
      const { user, system } = process.cpuUsage();
      expect(value('process_cpu_seconds_total') ?? 0).toBeLessThanOrEqual((user + system) / 1e6);
      return { heap: value('nodejs_heap_size_total_bytes')!, value };
    };
    await check();
    setupRuntimeHooks(collector);
    const second = joinThread(collector, { link });
    setupRuntimeHooks(second);
    await second.flush();
    const { value } = await check();
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
    // Each thread has a heap. Here all three are the same.
    expect(value('nodejs_heap_size_total_bytes')).toBeGreaterThan(
      2 * process.memoryUsage().heapTotal,
    );
    expect(value('nodejs_version_info')).toBe(1);
    await first.shutdown();
    await second.shutdown();
    await check();
    expect([...logOf(collector), ...logOf(first), ...logOf(second)]).toEqual([]);
  });
});

describe('CPU time', () => {
  it('that is read backwards is neither refused nor counted twice', async () => {
    const readings = [10, 12, 11, 12, 13].map((s) => ({ user: s * 1e6, system: s * 1e6 }));
    let reading = 0;
    vi.spyOn(process, 'cpuUsage').mockImplementation(() => readings[reading]);
    const collector = makeCollector();
    setupRuntimeHooks(collector, { only: ['process'] });
    for (reading = 0; reading < readings.length; reading++) await formatPrometheus(collector);
    reading--;
    expect(await sampleOf(collector, 'process_cpu_user_seconds_total')).toBe(13);
    expect(await sampleOf(collector, 'process_cpu_seconds_total')).toBe(26);
    expect(await samplesOf(collector, 'telemetry_errors_total')).toEqual([]);
  });
});

describe('the delay of the event loop', () => {
  it('is there for every reader, and is not erased by runs and snapshots', async () => {
    const collector = makeCollector({ collectionInterval: 0.01 });
    setupRuntimeHooks(collector, { only: ['eventLoop'] });
    const turns = (count: number) =>
      new Promise<void>((resolve) => {
        const turn = (left: number) => setTimeout(() => (left ? turn(left - 1) : resolve()), 15);
        turn(count);
      });
    await turns(2);
    const end = performance.now() + 800;
    while (performance.now() < end);
    await turns(2);
    await collector.startCollection();
    for (let reader = 0; reader < 3; reader++) {
      await collector.getSnapshot();
      expect(await sampleOf(collector, 'nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0.6);
      expect(await sampleOf(collector, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0.05);
    }
    await collector.stopCollection();
  });

  it('is shown for a minute at least, and for little more than two', () => {
    let time = 0;
    let begun = 0;
    const monitor = () => {
      const made = { since: time, enable: () => true, reset: () => void (made.since = time) };
      begun++;
      return made;
    };
    const read = recentDelays(monitor as never, () => time) as unknown as () => { since: number };
    for (time = 1; time < 1000; time++) {
      const covered = time - read().since;
      expect(covered).toBeGreaterThanOrEqual(Math.min(time, 60));
      expect(covered).toBeLessThan(135);
    }
    expect(begun).toBe(2);
  });
});

describe('ready-made families', () => {
  it('stand each by itself: the others go on when one is unregistered, and nothing is refused', async () => {
    const collector = makeCollector();
    setupRuntimeHooks(collector);
    const names = [...collector.getAllMetrics().keys()];
    const kept = ['process_cpu_user_seconds_total', 'nodejs_heap_size_used_bytes'];
    for (const name of names) if (!kept.includes(name)) collector.unregister(name);
    const before = await sampleOf(collector, kept[0]);
    const { user } = process.cpuUsage();
    while (process.cpuUsage().user < user + 50_000);
    expect(await sampleOf(collector, kept[0])).toBeGreaterThan(before!);
    expect(await sampleOf(collector, kept[1])).toBeGreaterThan(1e6);
    expect(await samplesOf(collector, 'telemetry_errors_total')).toEqual([]);
    expect(logOf(collector)).toEqual([]);
  });

  it('are chosen by group, and have a prefix', async () => {
    const collector = makeCollector();
    setupRuntimeHooks(collector, { only: ['version', 'process'], prefix: 'shop_' });
    const names = [...collector.getAllMetrics().keys()];
    expect(names).toContain('shop_nodejs_version_info');
    expect(names).toContain('shop_process_start_time_seconds');
    expect(
      names.filter((name) => !/^shop_(nodejs_version|process_(cpu|start))/.test(name)),
    ).toEqual([]);
    // What is already there is left alone, and what is missing is added.
    setupRuntimeHooks(collector, { only: ['version'], prefix: 'shop_' });
    setupRuntimeHooks(collector, { only: ['version', 'garbageCollection'] });
    expect(collector.getMetric('nodejs_version_info')).toBeDefined();
    expect(collector.getMetric('nodejs_gc_duration_seconds')).toBeDefined();
    expect(collector.getMetric('process_start_time_seconds')).toBeUndefined();
  });

  it.each([
    { only: 'version' },
    { only: ['versions'] },
    { only: [undefined] },
    { only: null },
    { prefix: '1_' },
    { prefix: 'a-' },
    { prefix: 7 },
  ])('refuse %o', (options) => {
    const collector = makeCollector();
    expect(() => setupRuntimeHooks(collector, options as never)).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    );
    expect(collector.getAllMetrics().size).toBe(0);
  });

  it('forget the kinds of resources that are gone', async () => {
    const collector = makeCollector();
    setupRuntimeHooks(collector, { only: ['resources'] });
    const kinds = ['A', 'B', 'B'];
    vi.spyOn(process, 'getActiveResourcesInfo').mockImplementation(() => [...kinds]);
    const values = async () =>
      Object.fromEntries(
        (await samplesOf(collector, 'nodejs_active_resources')).map(({ labels, value }) => [
          labels.type,
          value,
        ]),
      );
    expect(await values()).toEqual({ A: 1, B: 2 });
    kinds.shift();
    expect(await values()).toEqual({ B: 2 });
    expect(await sampleOf(collector, 'nodejs_active_resources_total')).toBe(2);
  });
});
