/** Tests features of an application through the public interface. */
import { Worker } from 'node:worker_threads';
import {
  type Feature,
  type FeatureCode,
  formatPrometheus,
  type Part,
  type PartHost,
} from 'utilityfog-telemetry';
import { TelemetryCollector as EdgeCollector } from 'utilityfog-telemetry/edge';
import { describe, expect, it, vi } from 'vitest';
import { errors, joinThread, LINKS, logOf, makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

type Start = (host: PartHost, config: never) => Part;

/** Makes a feature of the function that starts its part. In a worker that must name nothing outside it. */
function featureOf(start: Start, options: { name?: string; config?: unknown; code?: object } = {}) {
  const { name = 'tested', config, code } = options;
  const text = async () => `exports.name = '${name}'; exports.start = ${start};`;
  return {
    name,
    config,
    code: { text, module: async () => ({ name, start }), ...code } as FeatureCode,
    api: (call) => call,
  } satisfies Feature<(method: string, ...args: unknown[]) => Promise<unknown>>;
}

/** A part that counts its calls, shows the count, and keeps it. */
const counting: Start = () => {
  let count = 0;
  const family = {
    ...{ name: 'counted_total', description: 'Counted', type: 'counter', unit: '' },
    ...{ labelNames: [], labels: {}, data: 'number' as const },
    series: [{ labelNames: [], labelValues: [] }],
  };
  return {
    adds: () => [{ ...family, values: Float64Array.of(count) }],
    calls: {
      add: (amount: number) => {
        count += amount;
        return count;
      },
      fail: () => {
        throw new RangeError('not now');
      },
    },
    keeps: {
      write: () => String(count),
      restore: (state) => {
        count += Number(state);
      },
    },
  };
};

describe.each(LINKS)('a feature, %s link', (link) => {
  it('answers calls, and shows families of its own with the labels of the collector', async () => {
    const feature = featureOf(counting);
    const collector = makeCollector({ link, use: [feature], labels: { app: 'shop' } });
    const call = collector.feature(feature);
    expect(await call('add', 2)).toBe(2);
    expect(await call('add', 3)).toBe(5);
    expect(await formatPrometheus(collector)).toContain(
      '# HELP counted_total Counted\n# TYPE counted_total counter\ncounted_total{app="shop"} 5\n',
    );
    expect((await collector.getSnapshot()).metrics.counted_total).toMatchObject({ value: 5 });
    await expect(call('fail')).rejects.toThrow('not now');
    await expect(call('other')).rejects.toThrow('the feature "tested" has no call "other"');
    await expect(call('constructor')).rejects.toThrow('has no call "constructor"');
    expect((await collector.diagnostics()).failed).toEqual([]);
  });

  it('sees the snapshot of each run, after it', async () => {
    const feature = featureOf(() => {
      const seen: unknown[] = [];
      return {
        sampled: ({ families }) => {
          const jobs = families.find(({ name }) => name === 'jobs_total');
          seen.push(jobs && [...jobs.values]);
        },
        calls: { seen: () => seen },
      };
    });
    const collector = makeCollector({ link, use: [feature], collectionInterval: 3600 });
    collector.registerCounter('jobs_total').increment(7);
    await collector.startCollection();
    const seen = () => collector.feature(feature)('seen');
    await expect.poll(seen).toEqual([[7]]);
  });

  it('may ask the application', async () => {
    const feature = featureOf((host) => ({
      calls: { ask: (question: string) => host.ask(question) },
    }));
    let asked = 0;
    const answers = {
      count: async () => ({ asked: ++asked }),
      fail: () => {
        throw new RangeError('not now');
      },
    };
    const asking = { ...feature, answers };
    const collector = makeCollector({ link, use: [asking] });
    const call = collector.feature(asking);
    expect(await call('ask', 'count')).toEqual({ asked: 1 });
    expect(await call('ask', 'count')).toEqual({ asked: 2 });
    await expect(call('ask', 'fail')).rejects.toThrow('not now');
    expect(await call('ask', 'other')).toBeUndefined();
  });

  it('has what it keeps over restarts', async () => {
    const persist = { name: 'app', directory: await makeFolder() };
    for (const life of [1, 2, 3]) {
      const feature = featureOf(counting);
      const collector = makeCollector({ link, use: [feature], persist });
      expect(await collector.feature(feature)('add', 10)).toBe(life * 10);
      await collector.shutdown();
    }
    // A reset concerns metrics, not features.
    const feature = featureOf(counting);
    const collector = makeCollector({ link, use: [feature], persist });
    collector.resetAllMetrics();
    expect(await collector.feature(feature)('add', 1)).toBe(31);
  });

  it('delivers with a flush, and what fails is told', async () => {
    const feature = featureOf((host, { fails }: { fails: boolean }) => {
      let flushed = 0;
      return {
        flush: async () => {
          await host.read();
          if (fails) throw new Error('unreachable');
          flushed++;
        },
        calls: { flushed: () => flushed },
      };
    });
    const [good, bad] = [false, true].map((fails) => ({
      ...feature,
      config: { fails },
    }));
    const collector = makeCollector({ link, use: [good] });
    expect((await collector.flush()).failures).toEqual([]);
    expect(await collector.feature(good)('flushed')).toBe(1);
    const other = makeCollector({ link, use: [bad] });
    expect((await other.flush()).failures).toEqual(['the feature tested: Error: unreachable']);
    expect(await errors(other, 'feature')).toBe(1);
  });

  it('that throws wherever it can spoils nothing', async () => {
    const fail = () => {
      throw new Error('broken');
    };
    const throwing = featureOf(() => {
      const fail = () => {
        throw new Error('broken');
      };
      return {
        ...{ sampled: fail, adds: fail, flush: fail, close: fail },
        keeps: { write: fail, restore: fail },
      };
    });
    const unstarted = featureOf(fail, { name: 'unstarted' });
    const whole = featureOf(counting, { name: 'whole' });
    const persist = { name: 'app', directory: await makeFolder() };
    const use = [throwing, unstarted, whole];
    const collector = makeCollector({ link, use, persist, collectionInterval: 3600 });
    await collector.startCollection();
    expect(await collector.feature(whole)('add', 4)).toBe(4);
    expect(await sampleOf(collector, 'counted_total')).toBe(4);
    expect((await collector.flush()).stored).toBe(true);
    await expect(collector.feature(unstarted)('add', 1)).rejects.toThrow('is not running');
    expect(await errors(collector, 'feature')).toBeGreaterThan(3);
    expect(
      new Set(
        logOf(collector)
          .filter((line) => /feature/.test(line))
          .map((line) => /"\w+"/.exec(line)?.[0]),
      ),
    ).toEqual(
      new Set(['"throwing"', '"unstarted"'].map((name) => name.replace('throwing', 'tested'))),
    );
  });

  it('cannot spoil an exposition', async () => {
    const feature = featureOf(() => {
      const one = (name: string, more: object = {}) => ({
        ...{ name, description: '', type: 'gauge', unit: '', labelNames: [], labels: {} },
        ...{ data: 'number', values: Float64Array.of(1) },
        series: [{ labelNames: [], labelValues: [] }],
        ...more,
      });
      const native = {
        ...{ type: 'histogram', data: 'buckets', buckets: [] },
        values: Float64Array.of(1, 1),
      };
      return {
        adds: () =>
          [
            one('jobs_total'),
            one('1bad'),
            one('short', { values: new Float64Array(0) }),
            one('labelled', { series: [{ labelNames: ['a-b'], labelValues: ['x'] }] }),
            one('odd', { series: [{ labelNames: ['a'], labelValues: [7] }] }),
            one('typed', { type: 'summary' }),
            one('mistaken', { type: 'counter', data: 'buckets', buckets: [] }),
            one('unbounded', { type: 'histogram', data: 'buckets', values: Float64Array.of(1, 1) }),
            one('odd_data', { data: 'numbers' }),
            one('native', { ...native, natives: [{}] }),
            one('native_few', { ...native, natives: [] }),
            one('native_number', { data: 'number', natives: [] }),
            one('listed', { values: [1] }),
            one('twice', { labels: { app: 'x' }, labelNames: ['app'] }),
            one('constant', {
              labelNames: ['zone'],
              series: [{ labelNames: ['zone'], labelValues: ['b'] }],
            }),
            one('size_bytes_bucket', { type: 'counter' }),
            undefined,
            one('good'),
            one('good'),
            one('long'.repeat(50)),
            one('long'.repeat(50)),
          ] as never,
      };
    });
    const collector = makeCollector({ link, use: [feature], labels: { zone: 'a' } });
    collector.registerCounter('jobs_total').increment(3);
    collector.registerHistogram('size_bytes').observe(1);
    const text = await formatPrometheus(collector);
    expect(text.match(/^jobs_total.*$/gm)).toEqual(['jobs_total{zone="a"} 3']);
    expect(text.match(/^good.*$/gm)).toEqual(['good{zone="a"} 1']);
    expect(text.match(/^long.*$/gm)).toHaveLength(1);
    expect(text).not.toMatch(
      /^(1bad|short|labelled|odd|typed|mistaken|unbounded|listed|twice|constant|native)/m,
    );
    expect(text.match(/^# TYPE size_bytes.*$/gm)).toEqual(['# TYPE size_bytes histogram']);
    expect(logOf(collector).join()).toMatch(/"jobs_total" already.*"1bad" is not sound/);
  });

  it('may be nothing but what it does by itself', async () => {
    const feature = featureOf(() => undefined as never);
    const collector = makeCollector({ link, use: [feature], collectionInterval: 3600 });
    const ran = new Promise((resolve) => collector.addHook('collection', resolve));
    await collector.startCollection();
    await ran;
    expect((await collector.flush()).failures).toEqual([]);
    expect(await errors(collector, 'feature')).toBe(0);
  });

  it('reaches those that stand before it', async () => {
    const first = featureOf(counting, { name: 'first' });
    const second = featureOf(
      (host) => {
        const { calls } = host.part('first')!;
        return { calls: { twice: () => (calls!.add as (n: number) => number)(2) * 2 } };
      },
      { name: 'second' },
    );
    const collector = makeCollector({ link, use: [first, second] });
    expect(await collector.feature(second)('twice')).toBe(4);
    expect(await collector.feature(first)('add', 0)).toBe(2);
  });

  it('is given its config and a clock, and counts failures', async () => {
    const feature = featureOf(
      (host, { words }: { words: string[] }) => ({
        calls: {
          words: () => words,
          now: () => host.clock.now(),
          fail: () => host.fail('own', 'something failed'),
        },
      }),
      { config: { words: ['a', 'b'] } },
    );
    const collector = makeCollector({ link, use: [feature] });
    const call = collector.feature(feature);
    expect(await call('words')).toEqual(['a', 'b']);
    expect(Math.abs(((await call('now')) as number) - Date.now() / 1000)).toBeLessThan(60);
    await call('fail');
    expect(await errors(collector, 'own')).toBe(1);
    expect(logOf(collector)).toEqual(['utilityfog-telemetry: something failed']);
  });
});

describe.each(LINKS)('the hooks of an application, %s link', (link) => {
  it('are called for each of what a part tells, also if one throws', async () => {
    const feature = featureOf((host) => ({
      calls: { tell: () => host.hook('found', 1, { a: 2 }) },
    }));
    const collector = makeCollector({ link, use: [feature] });
    const told: unknown[] = [];
    const all = new Promise<void>((resolve) => {
      collector.addHook('found', (one: unknown) => {
        told.push(one);
        if (told.length === 2) resolve();
        throw new Error('not now');
      });
    });
    await collector.feature(feature)('tell');
    await all;
    expect(told).toEqual([1, { a: 2 }]);
  });
});

describe('the code of a feature', () => {
  it('may be a module that the worker imports', async () => {
    const folder = await makeFolder();
    const { writeFile } = await import('node:fs/promises');
    const file = new URL(`file://${folder}/part.mjs`);
    await writeFile(file, `export const name = 'tested'; export const start = ${counting};`);
    const module = vi.fn();
    const feature = featureOf(counting, { code: { text: undefined, url: () => file, module } });
    const collector = makeCollector({ link: 'shared', use: [feature] });
    expect(await collector.feature(feature)('add', 1)).toBe(1);
    expect(await collector.diagnostics()).toMatchObject({ link: 'shared', failed: [] });
    expect(module).not.toHaveBeenCalled();
  });

  it('runs in this thread where no worker can have it', async () => {
    const feature = featureOf(counting, { code: { text: undefined } });
    const collector = makeCollector({ link: 'auto', use: [feature] });
    expect(await collector.feature(feature)('add', 1)).toBe(1);
    const reason = 'the worker has no code of the feature "tested"';
    expect(await collector.diagnostics()).toMatchObject({
      link: 'inline',
      failed: [{ way: 'eval', reason }],
    });
  });

  it.each([
    ['is no script', 'this is no script'],
    ['throws', 'throw new Error("broken")'],
    ['is of another feature', 'exports.name = "other"; exports.start = () => ({});'],
    ['has nothing to start', 'exports.name = "tested";'],
  ])('that %s as text is taken as a module', async (_, code) => {
    const feature = featureOf(counting, { code: { text: async () => code } });
    const collector = makeCollector({ link: 'auto', use: [feature] });
    expect(await collector.feature(feature)('add', 1)).toBe(1);
    expect(await collector.diagnostics()).toMatchObject({ link: 'inline' });
  });

  it('that never comes as text is not waited for, by this collector or another', async () => {
    const feature = featureOf(counting, { code: { text: () => new Promise(() => {}) } });
    const waiting = Array.from({ length: 4 }, () =>
      makeCollector({ link: 'auto', use: [feature] }),
    );
    const calls = waiting.map((collector) => collector.feature(feature)('add', 1));
    const other = makeCollector({ link: 'auto' });
    other.registerCounter('jobs_total').increment();
    expect(await sampleOf(other, 'jobs_total')).toBe(1);
    expect(await Promise.all(calls)).toEqual([1, 1, 1, 1]);
  });

  it('that cannot be had at all is told, and the collector goes on without it', async () => {
    const module = async () => {
      throw new Error('404');
    };
    const feature = featureOf(counting, { code: { text: undefined, module } });
    const collector = makeCollector({ link: 'inline', use: [feature] });
    const jobs = collector.registerCounter('jobs_total');
    jobs.increment(2);
    await expect(collector.feature(feature)('add', 1)).rejects.toThrow('is not running');
    expect(await sampleOf(collector, 'jobs_total')).toBe(2);
    expect(logOf(collector).join()).toMatch(/the feature "tested" failed: .*404/);
  });

  it('may come with a worker of the application', async () => {
    const folder = await makeFolder();
    const { writeFile } = await import('node:fs/promises');
    const library = new URL('../../dist/worker.js', import.meta.url).href;
    const file = new URL(`file://${folder}/worker.mjs`);
    await writeFile(
      file,
      `import { offerPart } from ${JSON.stringify(library)};
      offerPart({ name: 'tested', start: ${counting} });`,
    );
    const feature = featureOf(counting, { code: { text: undefined } });
    const worker = () => new Worker(file);
    const collector = makeCollector({ link: 'auto', worker, use: [feature] });
    expect(await collector.feature(feature)('add', 1)).toBe(1);
    expect(await collector.diagnostics()).toMatchObject({ link: 'shared', failed: [] });
  });
});

it('texts of parts are run once, and the file serves where one is broken', async () => {
  const folder = await makeFolder();
  const { writeFile } = await import('node:fs/promises');
  const file = new URL(`file://${folder}/part.mjs`);
  await writeFile(file, `export const name = 'filed'; export const start = ${counting};`);
  const text = async () => {
    throw new Error('gone');
  };
  const code = { text, url: () => file };
  const filed = featureOf(counting, { name: 'filed', code });
  const evaluated = featureOf(counting, {
    name: 'evaluated',
    code: {
      text: async () => `globalThis.times = (globalThis.times ?? 0) + 1;
        exports.name = 'evaluated';
        exports.start = () => ({ calls: { times: () => globalThis.times } });`,
    },
  });
  const collector = makeCollector({ link: 'auto', use: [filed, evaluated] });
  expect(await collector.feature(evaluated)('times')).toBe(1);
  expect(await collector.feature(filed)('add', 1)).toBe(1);
  expect((await collector.diagnostics()).link).toBe('shared');
});

describe('a worker that fails', () => {
  it('takes nothing along that was counted, although a part reads as it starts', async () => {
    const workers: Worker[] = [];
    const script = new URL('../../dist/worker.js', import.meta.url);
    const folder = await makeFolder();
    const { writeFile } = await import('node:fs/promises');
    const url = new URL(`file://${folder}/part.mjs`);
    await writeFile(
      url,
      `export const name = 'tested';
      export const start = async (host) => { await host.read(); return {}; };`,
    );
    const feature = featureOf(() => ({}), { code: { url: () => url } });
    const worker = () => {
      workers.push(new Worker(script));
      return workers.at(-1)!;
    };
    const owner = makeCollector({ link: 'shared', worker, use: [feature] });
    owner.registerCounter('jobs_total').increment();
    const thread = joinThread(owner);
    thread.registerCounter('jobs_total').increment(5);
    await thread.shutdown();
    expect(await sampleOf(owner, 'jobs_total')).toBe(6);
    for (const _ of [1, 2]) {
      await workers.at(-1)!.terminate();
      expect(await sampleOf(owner, 'jobs_total')).toBe(6);
    }
  });

  it.each(['shared', 'message'] as const)('takes nothing along, %s link', async (link) => {
    const workers: Worker[] = [];
    const script = new URL('../../dist/worker.js', import.meta.url);
    const folder = await makeFolder();
    const { writeFile } = await import('node:fs/promises');
    const url = new URL(`file://${folder}/part.mjs`);
    await writeFile(url, `export const name = 'tested'; export const start = ${counting};`);
    const feature = featureOf(counting, { code: { url: () => url } });
    const worker = () => {
      workers.push(new Worker(script));
      return workers.at(-1)!;
    };
    const collector = makeCollector({ link, worker, use: [feature] });
    const call = collector.feature(feature);
    for (const life of [1, 2, 3]) {
      expect(await call('add', 10)).toBe(life * 10);
      await workers.at(-1)!.terminate();
      expect(await sampleOf(collector, 'counted_total')).toBe(life * 10);
    }
    expect((await collector.diagnostics()).link).toBe('inline');
  });
});

describe('what is given as a feature', () => {
  it.each([
    ['no list', {}],
    ['an empty object', [{}]],
    ['no code', [{ name: 'a', api: () => 1 }]],
    ['a name that is no name', [{ ...featureOf(counting), name: 'a b' }]],
    ['without a name', [{ ...featureOf(counting), name: undefined }]],
    ['without an api', [{ ...featureOf(counting), api: undefined }]],
    ['one twice', [featureOf(counting), featureOf(counting)]],
    ['null', [null]],
  ])('is refused if it is %s', (_, use) => {
    expect(() => makeCollector({ use: use as never })).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining('use') }),
    );
  });

  it('must be one that the collector uses', () => {
    const collector = makeCollector();
    expect(() => collector.feature(featureOf(counting))).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    );
  });

  it('answers the owner of the collector only', async () => {
    const feature = featureOf(counting);
    const owner = makeCollector({ link: 'shared', use: [feature] });
    const thread = joinThread(owner, { use: [feature] });
    await thread.flush();
    await expect(thread.feature(feature)('add', 1)).rejects.toThrow('no such call');
    expect(await owner.feature(feature)('add', 1)).toBe(1);
  });
});

it('a feature runs at the edge', async () => {
  const feature = featureOf(counting);
  const collector = new EdgeCollector({ use: [feature] });
  expect(await collector.feature(feature)('add', 3)).toBe(3);
  expect(await formatPrometheus(collector as never)).toMatch(/^counted_total\{.*\} 3$/m);
  await collector.shutdown();
});
