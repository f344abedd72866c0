/** The option `expireAfter`, as an application gives it. How series go is in test/collector/expiry.test.ts. */
import {
  type CounterOptions,
  formatPrometheus,
  setupHealthHooks,
  TelemetryCollector,
  type TelemetryCollectorOptions,
} from 'utilityfog-telemetry';
import { TelemetryCollector as EdgeCollector } from 'utilityfog-telemetry/edge';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { httpMetrics } from '../../src/bridges/http-metrics.ts';
import { joinThread, LINKS, makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

describe('expireAfter', () => {
  it.each([0, -1, Number.NaN, '5', null, true, {}, [60]])('must not be %s', (expireAfter) => {
    const options = { expireAfter } as unknown as CounterOptions;
    const refused = expect.objectContaining({ code: 'invalid_option' });
    const collector = makeCollector();
    expect(() => collector.registerCounter('a_total', '', options)).toThrow(refused);
    const ofAll = options as TelemetryCollectorOptions;
    expect(() => new TelemetryCollector(ofAll)).toThrow(refused);
  });

  it('of the collector holds for metrics that do not say otherwise', async () => {
    const collector = makeCollector({ expireAfter: 0.2 });
    collector.registerCounter('goes_total').increment();
    collector.registerGauge('goes').set(1);
    collector.registerCounter('stays_total', '', { expireAfter: Infinity }).increment();
    collector.registerGauge('stays', '', { expireAfter: 1e6 }).set(1);
    collector.registerInfo('build_info');
    await expect.poll(() => formatPrometheus(collector)).not.toMatch(/^goes/m);
    for (const name of ['stays_total', 'stays', 'build_info']) {
      expect(await sampleOf(collector, name)).toBe(1);
    }
    // The library's own metrics say what has happened, and stay.
    expect(await sampleOf(collector, 'telemetry_collection_runs_total')).toBe(0);
  });

  it('does not make what is under way, or holds, go away', async () => {
    const collector = makeCollector({ expireAfter: 0.2 });
    setupHealthHooks(collector);
    collector.recordEvent('health_check', { status: 'HEALTHY' });
    const end = httpMetrics(collector)('GET');
    collector.registerCounter('goes_total').increment();
    await expect.poll(() => formatPrometheus(collector)).not.toMatch(/^goes/m);
    end({ route: '', status: 200, errorType: '', error: undefined, seconds: 0 }, undefined);
    const labels = { http_request_method: 'GET' };
    expect(await sampleOf(collector, 'http_server_active_requests', labels)).toBe(0);
    expect(await sampleOf(collector, 'health_status')).toBe(1);
  });

  it('is part of the definition that a hot reload must repeat', () => {
    const collector = makeCollector({ onDuplicate: 'reuse' });
    const counter = collector.registerCounter('a_total', '', { expireAfter: 60 });
    expect(collector.registerCounter('a_total', '', { expireAfter: 60 })).toBe(counter);
    expect(() => collector.registerCounter('a_total', '', { expireAfter: 61 })).toThrow(
      expect.objectContaining({ code: 'definition_conflict' }),
    );
  });

  it.each(LINKS)('counts recordings of all threads (%s link)', async (link) => {
    const main = makeCollector({ link });
    const one = joinThread(main, { link: link === 'inline' ? 'auto' : link });
    // What one of them counts must not expire before the other has joined.
    await Promise.all([main.flush(), one.flush()]);
    const options = { labelNames: ['n'], expireAfter: 2 } as const;
    const [mine, theirs] = [main, one].map((thread) =>
      thread.registerCounter('a_total', '', options),
    );
    mine!.increment(1, { n: 'both' });
    theirs!.increment(10, { n: 'both' });
    theirs!.increment(1, { n: 'gone' });
    const series = () => samplesOf(main, 'a_total');
    await expect.poll(series).toHaveLength(2);
    // One thread records until the series that nobody records has gone.
    let recorded = 10;
    const gone = async () => {
      theirs!.increment(1, { n: 'both' });
      recorded++;
      return (await series()).length;
    };
    await expect.poll(gone).toBe(1);
    expect(await sampleOf(main, 'a_total', { n: 'both' })).toBe(1 + recorded);
  });

  it('does not bring back after a restart what had gone', async () => {
    const persist = { name: 'expiring', directory: await makeFolder() };
    const options = { labelNames: ['n'], expireAfter: 1 } as const;
    const first = makeCollector({ persist });
    const counter = first.registerCounter('a_total', '', options);
    counter.increment(1, { n: 'gone' });
    await expect.poll(() => samplesOf(first, 'a_total')).toEqual([]);
    counter.increment(5, { n: 'kept' });
    await first.shutdown();
    const second = makeCollector({ persist });
    const again = second.registerCounter('a_total', '', { ...options, expireAfter: 2 });
    again.increment(1, { n: 'kept' });
    expect(await samplesOf(second, 'a_total')).toMatchObject([{ labels: { n: 'kept' }, value: 6 }]);
    // What it had in storage goes, too.
    await expect.poll(() => samplesOf(second, 'a_total')).toEqual([]);
    again.increment(2, { n: 'kept' });
    expect(await sampleOf(second, 'a_total', { n: 'kept' })).toBe(2);
  });
});

describe('expireAfter at the edge', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('lets series go when the next request asks', async () => {
    const collector = new EdgeCollector();
    const counter = collector.registerCounter('a_total', '', {
      labelNames: ['n'],
      expireAfter: 60,
    });
    const bound = counter.labels({ n: 1 });
    const values = async () => {
      const text = await formatPrometheus(collector as unknown as TelemetryCollector);
      return text.match(/(?<=^a_total\{.*\} )\d+$/gm);
    };
    bound.increment(5);
    expect(await values()).toEqual(['5']);
    vi.setSystemTime(Date.now() + 59_000);
    expect(await values()).toEqual(['5']);
    vi.setSystemTime(Date.now() + 2_000);
    expect(await values()).toBeNull();
    bound.increment(2);
    expect(await values()).toEqual(['2']);
  });
});
