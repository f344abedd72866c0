/** Tests series that nobody records any more: they take no room from others, and are forgotten in the end. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TelemetryCollector, TelemetryCollectorOptions } from 'utilityfog-telemetry';
import { beforeEach, describe, expect, it } from 'vitest';
import { memoryStorage } from '../../src/storage/memory.ts';
import { joinThread, LINKS, makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const LIMIT = 3;
let directory = '';
beforeEach(async () => {
  directory = await makeFolder();
});

/** Starts the application anew. It counts under the label of this life. */
async function life(
  name: string,
  version: string,
  use: (collector: TelemetryCollector) => Promise<unknown> = async () => {},
  { persist, ...options }: Partial<TelemetryCollectorOptions> = {},
): Promise<void> {
  const collector = makeCollector({
    seriesLimit: LIMIT,
    persist: { name, directory, ...persist },
    ...options,
  });
  const counter = collector.registerCounter('a_total', '', { labelNames: ['version'] });
  counter.increment(1, { version });
  await use(collector);
  await collector.shutdown();
}

const versions = async (collector: TelemetryCollector) =>
  (await samplesOf(collector, 'a_total')).map(({ labels }) => labels.version ?? 'overflow').sort();

async function total(collector: TelemetryCollector): Promise<number> {
  const samples = await samplesOf(collector, 'a_total');
  return samples.reduce((sum, { value }) => sum + value, 0);
}

async function stored(name: string): Promise<string> {
  const files = (await readdir(directory)).filter((file) => /^.*\.telemetry$/.test(file));
  const own = files.filter((file) => file.startsWith(`${name}.`));
  return (await Promise.all(own.map((file) => readFile(join(directory, file), 'utf8')))).join('\n');
}

describe('labels that change from life to life', () => {
  it.each(LINKS)('do not fill the family (%s)', async (link) => {
    const lives = 3 * LIMIT;
    for (let n = 1; n <= lives; n++) {
      await life(
        `versions-${link}`,
        `v${n}`,
        async (collector) => {
          expect(await sampleOf(collector, 'a_total', { version: `v${n}` })).toBe(1);
          // Nothing is lost: the oldest series are part of the overflow.
          expect(await total(collector)).toBe(n);
          expect((await samplesOf(collector, 'a_total')).length).toBeLessThanOrEqual(LIMIT + 2);
          expect(await samplesOf(collector, 'telemetry_series_overflow_total')).toEqual([]);
        },
        { link },
      );
    }
    await life(
      `versions-${link}`,
      'last',
      async (collector) =>
        expect(await versions(collector)).toEqual(['last', 'overflow', 'v7', 'v8', 'v9']),
      { link },
    );
  });

  it.each(['resetAllMetrics', 'reset'] as const)('are forgotten by %s', async (reset) => {
    for (const version of ['v1', 'v2', 'v3', 'v4', 'v5']) await life(reset, version);
    await life(reset, 'v6', async (collector) => {
      expect(await total(collector)).toBe(6);
      if (reset === 'reset') collector.getMetric('a_total')?.reset();
      else collector.resetAllMetrics();
      expect(await versions(collector)).toEqual(['v6']);
      expect(await total(collector)).toBe(0);
    });
    await life(reset, 'v7', async (collector) => {
      expect(await versions(collector)).toEqual(['v6', 'v7']);
    });
  });

  it('go with their age', async () => {
    const ages = { name: 'ages', directory, maxAge: 0.001 };
    await life('ages', 'v1');
    const written = Date.now();
    while (Date.now() < written + 3);
    await life('ages', 'v2', async (collector) => expect(await total(collector)).toBe(1), {
      persist: ages,
    });
  });

  it('count as recorded as long as somebody records them', async () => {
    for (let n = 1; n <= 3; n++) {
      await life('same', 'v1', async (collector) => {
        expect(await sampleOf(collector, 'a_total', { version: 'v1' })).toBe(n);
      });
    }
  });
});

describe('families that nobody registers any more', () => {
  it('are kept until they are too old', async () => {
    await life('families', 'v1');
    const other = (maxAge?: number) =>
      makeCollector({ persist: { name: 'families', directory, maxAge } });
    for (const kept of [true, true, false]) {
      const written = Date.now();
      while (Date.now() < written + 3);
      const collector = other(kept ? undefined : 0.001);
      collector.registerCounter('b_total').increment();
      await collector.shutdown();
      expect((await stored('families')).includes('a_total')).toBe(kept);
    }
  });

  it('are forgotten by resetAllMetrics', async () => {
    await life('unregistered', 'v1');
    const collector = makeCollector({ persist: { name: 'unregistered', directory } });
    await collector.flush();
    collector.resetAllMetrics();
    await collector.flush();
    expect(await stored('unregistered')).not.toContain('a_total');
  });
});

describe('threads that have ended', () => {
  /** A worker of a pool, which counts under its own label. */
  async function worker(owner: TelemetryCollector, name: string): Promise<void> {
    const thread = joinThread(owner);
    thread.registerCounter('a_total', '', { labelNames: ['version'] }).increment(1, {
      version: name,
    });
    await thread.flush();
    await thread.shutdown();
  }

  it('leave room for those that live', async () => {
    const owner = makeCollector({ seriesLimit: LIMIT });
    let seen = 0;
    for (let n = 1; n <= 4 * LIMIT; n++) {
      await worker(owner, `worker ${n}`);
      const now = await total(owner);
      expect(now).toBeGreaterThanOrEqual(seen);
      seen = now;
    }
    await expect.poll(async () => (await owner.diagnostics()).threads).toBe(1);
    expect(await total(owner)).toBe(4 * LIMIT);
    expect((await samplesOf(owner, 'a_total')).length).toBe(LIMIT + 1);
    const counter = owner.registerCounter('a_total', '', { labelNames: ['version'] });
    for (let n = 1; n <= LIMIT; n++) counter.increment(1, { version: `own ${n}` });
    const own = (await samplesOf(owner, 'a_total')).filter(({ labels }) =>
      labels.version?.startsWith('own'),
    );
    expect(own.map(({ value }) => value)).toEqual([1, 1, 1]);
    expect(await total(owner)).toBe(5 * LIMIT);
  });

  it('leave nothing once all is reset', async () => {
    const owner = makeCollector();
    await worker(owner, 'a');
    await expect.poll(async () => (await owner.diagnostics()).threads).toBe(1);
    expect(await total(owner)).toBe(1);
    owner.resetAllMetrics();
    expect(await samplesOf(owner, 'a_total')).toEqual([]);
  });

  it('do not leave more than the latest thousand families of names that nobody else has', async () => {
    const owner = makeCollector();
    const families = 1100;
    const thread = joinThread(owner);
    for (let n = 0; n < families; n++) thread.registerCounter(`a${n}_total`).increment();
    await thread.flush();
    await thread.shutdown();
    await expect.poll(async () => (await owner.diagnostics()).threads).toBe(1);
    const { metrics } = await owner.getSnapshot();
    expect(Object.keys(metrics).filter((name) => name.startsWith('a')).length).toBe(1000);
    expect(metrics).toHaveProperty(`a${families - 1}_total`);
  });
});

describe('storage that opens late', () => {
  it('does not bring back what was reset meanwhile', async () => {
    const storage = { ...memoryStorage(), put: async () => {} };
    await life('late', 'v1', undefined, { persist: { name: 'late', storage } });
    let letOpen = () => {};
    const opening = new Promise<void>((resolve) => {
      letOpen = resolve;
    });
    const slow = {
      ...storage,
      open: async (name: string) => {
        await opening;
        return storage.open(name);
      },
    };
    await life(
      'late',
      'v2',
      async (collector) => {
        await collector.flush();
        collector.resetAllMetrics();
        await collector.getSnapshot();
        letOpen();
        await expect.poll(async () => (await collector.flush()).stored).toBe(true);
        expect(await versions(collector)).toEqual(['v2']);
      },
      { persist: { name: 'late', storage: slow } },
    );
  });
});
