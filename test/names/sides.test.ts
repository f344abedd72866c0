/** The rule of names on the collector's side: threads, features, and what earlier processes have left. */
import { readdir } from 'node:fs/promises';
import type { Feature, Part } from 'utilityfog-telemetry';
import {
  TelemetryCollector as EdgeCollector,
  keyValueStorage,
  formatPrometheus as textAtEdge,
} from 'utilityfog-telemetry/edge';
import { describe, expect, it } from 'vitest';
import { errors, joinThread, LINKS, logOf, makeCollector, sampleOf } from '../collectors.ts';
import { mapPlace } from '../contracts/key-value-subject.ts';
import { makeFolder } from '../folder.ts';
import { parseText } from '../formats/text-parser.ts';
import { MortalCollector } from '../threads/real-thread.ts';
import { readAll } from './expositions.ts';
import { everyKind, NASTY } from './nasty.ts';

const WAYS = LINKS.flatMap((link) =>
  (['shared', 'message'] as const).map((joined) => ({ link, joined })),
);

describe.each(WAYS)('a thread joined by $joined, collector by $link', ({ link, joined }) => {
  const start = async (owner?: 'utf8', thread?: 'utf8') => {
    const main = makeCollector({ link, names: owner });
    const one = joinThread(main, { link: joined, names: thread });
    await one.flush();
    return [main, one] as const;
  };

  it('adds up what has odd names in both', async () => {
    const [main, one] = await start('utf8', 'utf8');
    for (const name of NASTY.slice(0, 5)) {
      const families = [main, one].map((collector) => everyKind(collector, `${name}.x`));
      expect(families[0]).toEqual(families[1]);
      // The next name may be written as samples of this one are.
      await one.flush();
      const { metrics } = await main.getSnapshot();
      expect(metrics[`${name}.x`]).toMatchObject([{ value: 2 }]);
      await readAll(main);
      for (const family of families[0]!) main.unregister(family);
    }
    expect(logOf(main)).toEqual([]);
  });

  it('takes its own rule, and the legacy one unless it says otherwise', async () => {
    const [, one] = await start('utf8');
    expect(() => one.registerCounter('a.b')).toThrow("unless names: 'utf8'");
  });

  it('loses only metrics whose names the collector does not take', async () => {
    const [main, one] = await start(undefined, 'utf8');
    one.registerCounter('a.b').increment();
    one.registerCounter('of_labels_total', '', { labelNames: ['c d'] }).increment(1, { 'c d': 1 });
    one.registerGauge('of_constants', '', { labels: { 'c d': 1 } }).set(1);
    one.registerStateSet('e:f', '', { states: ['x'] });
    one.registerCounter('sound_total').increment(3);
    await one.flush();
    expect(await sampleOf(main, 'sound_total')).toBe(3);
    const { metrics } = await main.getSnapshot();
    expect(Object.keys(metrics).filter((name) => !name.startsWith('telemetry_'))).toEqual([
      'sound_total',
    ]);
    expect(await errors(main, 'invalid_name')).toBe(4);
    expect(logOf(main)).toEqual([
      expect.stringMatching(
        /names that this collector does not take \("a\.b"\); they are not collected; give names: 'utf8' to/,
      ),
    ]);
    await readAll(main);
  });

  it('may not have what is written like a metric of another thread', async () => {
    const [main, one] = await start('utf8', 'utf8');
    main.registerHistogram('a.b', '', { buckets: [1] }).observe(0.5);
    await main.flush();
    for (const name of ['a_b', 'a_b_count', 'a-b', 'U__a_2e_b_sum']) {
      const thread = joinThread(main, { link: joined, names: 'utf8' });
      thread.registerCounter(name).increment(9);
      await thread.flush();
    }
    one.registerCounter('a.c').increment(4);
    await one.flush();
    const { metrics } = await main.getSnapshot();
    const names = Object.keys(metrics).filter((name) => !name.startsWith('telemetry_'));
    expect(names).toEqual(['a.b', 'a.c']);
    expect(await errors(main, 'definition_conflict')).toBe(4);
    await readAll(main);
  });

  it('makes room for the owner of the collector', async () => {
    const [main, one] = await start('utf8', 'utf8');
    one.registerCounter('a_b').increment(9);
    await one.flush();
    expect(await sampleOf(main, 'a_b')).toBe(9);
    main.registerCounter('a.b').increment(2);
    await main.flush();
    expect((await main.getSnapshot()).metrics).toMatchObject({ 'a.b': { value: 2 } });
    expect(await sampleOf(main, 'a_b')).toBe(2);
    await readAll(main);
  });
});

describe.each(['shared', 'message'] as const)('a worker that is replaced, %s link', (link) => {
  it('is followed by one with the same rule', async () => {
    const owner = new MortalCollector({ link, names: 'utf8' });
    const thread = joinThread(owner.collector, { link, names: 'utf8' });
    for (const [i, collector] of [owner.collector, thread].entries()) {
      const counter = collector.registerCounter('a.b', '', { labelNames: ['c d'] });
      counter.increment(10 ** i, { 'c d': 'x' });
    }
    await thread.flush();
    const value = () => sampleOf(owner.collector, 'a_b', { c_d: 'x' });
    expect(await value()).toBe(11);
    await owner.kill();
    expect(await value()).toBe(11);
    await thread.flush();
    expect(await value()).toBe(11);
    expect(await errors(owner.collector, 'invalid_name')).toBe(0);
    await owner.collector.shutdown();
  });
});

describe.each(LINKS)('over a restart, %s link', (link) => {
  const open = (directory: string, names?: 'utf8') =>
    makeCollector({ link, names, persist: { name: 'app', directory } });

  it('families with odd names are kept', async () => {
    const directory = await makeFolder();
    const lives = [1, 2, 3];
    for (const life of lives) {
      const collector = open(directory, 'utf8');
      for (const [i, name] of NASTY.entries()) {
        const labelNames = [`${name}.l`.replace(/^__/, 'x')];
        const counter = collector.registerCounter<string>(`m${i}m${name}`, '', { labelNames });
        counter.increment(1, { [labelNames[0]!]: name });
      }
      const { metrics } = await collector.getSnapshot();
      for (const [i, name] of NASTY.entries()) {
        expect(metrics[`m${i}m${name}`], name).toMatchObject([{ value: life }]);
      }
      await collector.shutdown();
      expect(logOf(collector)).toEqual([]);
    }
    expect(await readdir(directory)).not.toEqual([]);
  });

  it('they are refused by a collector with the legacy rule, and the others are kept', async () => {
    const directory = await makeFolder();
    const first = open(directory, 'utf8');
    first.registerCounter('a.b').increment();
    first.registerCounter('c_total', '', { labelNames: ['d e'] }).increment(1, { 'd e': 1 });
    first.registerCounter('sound_total').increment(5);
    await first.shutdown();
    const second = open(directory);
    second.registerCounter('sound_total').increment(2);
    expect(await sampleOf(second, 'sound_total')).toBe(7);
    expect(logOf(second)).toEqual([
      expect.stringMatching(
        /was refused: the family a\.b, whose names need names: 'utf8'; the family c_total, whose names need/,
      ),
    ]);
    await readAll(second);
  });
});

it('families with odd names are kept at the edge', async () => {
  const persist = { name: 'app', storage: keyValueStorage(mapPlace(false)) };
  const values: (number | undefined)[] = [];
  for (const _ of [1, 2]) {
    const collector = new EdgeCollector({ names: 'utf8', persist });
    collector.registerCounter('a.b', '', { labelNames: ['c d'] }).increment(1, { 'c d': 'x' });
    const { samples } = parseText(await textAtEdge(collector));
    const found = samples.find(({ name, labels }) => name === 'a_b' && labels.c_d === 'x');
    values.push(found?.value);
    await collector.shutdown();
  }
  expect(values).toEqual([1, 2]);
});

/** A feature whose part shows families of those names. */
function showing(...names: string[]): Feature<unknown> {
  const start = (_: unknown, shown: readonly string[]): Part => ({
    adds: () =>
      shown.map((name) => ({
        ...{ name, description: '', type: 'gauge', unit: '', labelNames: [], labels: {} },
        ...{ data: 'number' as const, values: Float64Array.of(1) },
        series: [{ labelNames: [], labelValues: [] }],
      })),
  });
  return {
    name: 'showing',
    config: names,
    code: {
      text: async () => `exports.name = 'showing'; exports.start = ${start};`,
      module: async () => ({ name: 'showing', start }) as never,
    },
    api: (call) => call,
  };
}

describe.each(LINKS)('families of a feature, %s link', (link) => {
  it('follow the rule of the collector', async () => {
    const legacy = makeCollector({ link, use: [showing('a.b', 'c')] });
    expect(await sampleOf(legacy, 'c')).toBe(1);
    expect(await sampleOf(legacy, 'a_b')).toBeUndefined();
    expect(logOf(legacy)[0]).toContain(`the family "a.b" is not sound without names: 'utf8'`);
    const collector = makeCollector({ link, names: 'utf8', use: [showing('a.b', 'c')] });
    expect(await sampleOf(collector, 'a_b')).toBe(1);
    expect(logOf(collector)).toEqual([]);
  });

  it('must not be written as others are', async () => {
    const use = [showing('a.b', 'a-b', 'c')];
    const collector = makeCollector({ link, names: 'utf8', use });
    collector.registerCounter('a_b').increment(3);
    expect(await sampleOf(collector, 'a_b')).toBe(3);
    expect(await sampleOf(collector, 'c')).toBe(1);
    expect(logOf(collector)[0]).toContain(
      'the families "a.b" and "a_b" write the same samples, as they are or escaped (a_b)',
    );
    await readAll(collector);
  });
});
