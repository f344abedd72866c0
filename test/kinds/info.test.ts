import { readdir } from 'node:fs/promises';
import { formatJSON, formatPrometheus, MetricType } from 'utilityfog-telemetry';
import { TelemetryCollector as EdgeCollector } from 'utilityfog-telemetry/edge';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errors, joinThread, LINKS, logOf, makeCollector, samplesOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const anything = (value: unknown) => value as never;

describe.each(LINKS)('an info over the %s link', (link) => {
  it('is 1, with its labels', async () => {
    const collector = makeCollector({ link, labels: { job: 'test' } });
    const info = collector.registerInfo('build_info', 'What runs', {
      labels: { version: '1.2', revision: 'a"b' },
    });
    expect([info.name, info.type]).toEqual(['build_info', MetricType.Info]);
    expect(info.getValue()).toMatchObject({ value: 1, labels: { version: '1.2' } });
    const text = await formatPrometheus(collector);
    expect(text).toContain('# HELP build_info What runs\n');
    expect(text).toContain('\nbuild_info{job="test",version="1.2",revision="a\\"b"} 1\n');
    const { metrics } = JSON.parse(await formatJSON(collector));
    const labels = { job: 'test', version: '1.2', revision: 'a"b' };
    expect(metrics.build_info).toMatchObject({ value: 1, labels });
    expect((await collector.getSnapshot()).metrics.build_info).toMatchObject({ value: 1 });
  });

  it('is not reset, and goes only with its registration', async () => {
    const collector = makeCollector({ link });
    const info = collector.registerInfo('build_info');
    await samplesOf(collector, 'build_info');
    info.reset();
    collector.resetAllMetrics();
    info.clear();
    expect(await samplesOf(collector, 'build_info')).toMatchObject([{ value: 1 }]);
    collector.unregister('build_info');
    expect(await samplesOf(collector, 'build_info')).toEqual([]);
  });

  it('has a series for each label set that was bound, until that is removed', async () => {
    const collector = makeCollector({ link });
    const info = collector.registerInfo('peer_info', '', { labelNames: ['host', 'version'] });
    expect(await samplesOf(collector, 'peer_info')).toEqual([]);
    info.labels({ host: 'a', version: 1 });
    info.labels({ host: 'b', version: 1 });
    expect(info.getValue({ host: 'a', version: 1 }).value).toBe(1);
    expect(info.getValue({ host: 'c', version: 1 }).value).toBe(0);
    expect(await samplesOf(collector, 'peer_info')).toHaveLength(2);
    info.remove({ host: 'a', version: 1 });
    info.reset();
    expect(await samplesOf(collector, 'peer_info')).toMatchObject([
      { value: 1, labels: { host: 'b', version: '1' } },
    ]);
    info.clear();
    expect(await samplesOf(collector, 'peer_info')).toEqual([]);
    info.labels(anything({ host: 'a' }));
    expect(await samplesOf(collector, 'peer_info')).toEqual([]);
    expect(logOf(collector).join()).toContain('peer_info: the labels must be exactly');
  });

  it('is 1 where several threads have it, and goes with the last of them', async () => {
    const owner = makeCollector({ link });
    const labels = { version: '1' };
    const threads = [0, 1].map(() =>
      joinThread(owner, { link: link === 'inline' ? 'shared' : link }),
    );
    for (const thread of threads) {
      thread.registerInfo('build_info', '', { labels });
      thread.registerInfo('peer_info', '', { labelNames: ['host'] }).labels({ host: 'a' });
      await thread.flush();
    }
    for (const thread of threads) {
      expect(await samplesOf(owner, 'build_info')).toMatchObject([{ value: 1, labels }]);
      expect(await samplesOf(owner, 'peer_info')).toMatchObject([{ value: 1 }]);
      await thread.shutdown();
    }
    expect(await formatPrometheus(owner)).not.toMatch(/build_info|peer_info/);
  });
});

describe('an info', () => {
  it('is refused under a name that OpenMetrics could not write', () => {
    const collector = makeCollector();
    for (const name of ['build', '_info', 'build_info_', 'info', 'build_INFO']) {
      expect(() => collector.registerInfo(name)).toThrow('end it in _info');
      expect(() => collector.registerInfo(name)).toThrow(
        expect.objectContaining({ code: 'invalid_name' }),
      );
    }
    expect(collector.getAllMetrics().size).toBe(0);
  });

  it('has no unit, and takes null for what was not given', () => {
    const collector = makeCollector();
    expect(() => collector.registerInfo('a_info', '', anything({ unit: 'seconds' }))).toThrow(
      'a_info unit must be left out',
    );
    const nothing = { labels: null, labelNames: null, unit: null, collect: null };
    collector.registerInfo('a_info', '', anything(nothing));
    collector.registerInfo('b_info', '', null);
    expect(logOf(collector)).toEqual([]);
  });

  it('is registered again only if it is the same', () => {
    const collector = makeCollector({ onDuplicate: 'reuse' });
    const info = collector.registerInfo('build_info', '', { labels: { version: '1' } });
    expect(collector.registerInfo('build_info', '', { labels: { version: '1' } })).toBe(info);
    expect(() => collector.registerInfo('build_info', '', { labels: { version: '2' } })).toThrow(
      expect.objectContaining({ code: 'definition_conflict' }),
    );
    expect(() => collector.registerGauge('build_info')).toThrow(
      expect.objectContaining({ code: 'definition_conflict' }),
    );
  });

  it('folds what has no room into the overflow', async () => {
    const collector = makeCollector({ seriesLimit: 2 });
    const info = collector.registerInfo('peer_info', '', { labelNames: ['host'] });
    for (let i = 0; i < 5; i++) info.labels({ host: `${i}` });
    const samples = await samplesOf(collector, 'peer_info');
    expect(samples.map(({ value }) => value)).toEqual([1, 1, 1]);
    expect(samples.at(-1)?.labels).toEqual({ otel_metric_overflow: 'true' });
    expect(await errors(collector, 'invalid_value')).toBe(0);
  });

  it('is not kept over a restart', async () => {
    const directory = await makeFolder();
    const persist = { name: 'app', directory };
    const first = makeCollector({ persist });
    first.registerInfo('build_info', '', { labels: { version: '1' } });
    first.registerCounter('a_total').increment(3);
    await first.shutdown();
    expect((await readdir(directory)).length).toBeGreaterThan(0);
    const second = makeCollector({ persist });
    second.registerCounter('a_total');
    const text = await formatPrometheus(second);
    expect(text).toContain('\na_total 3\n');
    expect(text).not.toContain('build_info');
  });

  it('is the same at the edge', async () => {
    const collector = new EdgeCollector({ labels: { service_instance_id: 'x' } });
    onTestFinished(() => collector.shutdown());
    const info = collector.registerInfo('build_info', '', { labels: { version: '1' } });
    collector.resetAllMetrics();
    info.reset();
    const line = 'build_info{service_instance_id="x",version="1"} 1\n';
    expect(await formatPrometheus(collector)).toContain(line);
  });
});
