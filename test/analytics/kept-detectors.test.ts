/** Tests that what detectors know is kept in storage, of as many series as may be watched, and that it comes back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordBlobs } from '../../src/storage/blobs.ts';
import { filesystemStorage } from '../../src/storage/filesystem.ts';
import { keyValueStorage } from '../../src/storage/key-value-storage.ts';
import { Memory, memoryStorage } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { mapPlace } from '../contracts/key-value-subject.ts';
import { makeFolder } from '../folder.ts';
import { Beside, family, labelled } from './beside.ts';
import { randomOf } from './random.ts';

const STORAGES: [string, () => Promise<Storage>][] = [
  ['memory', async () => memoryStorage(new Memory())],
  ['files', async () => filesystemStorage(await makeFolder())],
  ['keys', async () => keyValueStorage(mapPlace(true))],
];
const names = (count: number) => labelled(Array.from({ length: count }, (_, i) => `${i}`));

/** Returns a part whose values are in the storage, and what has been put there. */
function besideOf(storage: Storage, life = 'a') {
  const puts: number[] = [];
  const beside = new Beside({
    life,
    async blobs(name) {
      const blobs = recordBlobs(storage, name, async () => {});
      return {
        ...blobs,
        async put(key, value) {
          puts.push(value.reduce((sum, { length }) => sum + length, 0));
          await blobs.put(key, value);
        },
      };
    },
  });
  beside.watch();
  return { beside, puts };
}

/** Makes the same values for several parts, run by run. */
function feed(count: number, seed = 1) {
  const series = names(count);
  const { uniform } = randomOf(seed);
  return (...besides: Beside[]) => {
    const values = series.map(() => 10 + uniform());
    for (const beside of besides) beside.run(family('gauge', values, series));
  };
}

describe.each(STORAGES)('in %s', (_, make) => {
  it('10,000 series come back after a restart', async () => {
    const storage = await make();
    const { beside: first } = besideOf(storage);
    const run = feed(10_000);
    for (let i = 0; i < 4; i++) run(first);
    await first.part.close!();
    const { beside: second } = besideOf(storage, 'b');
    await second.part.flush!();
    second.now = first.now;
    run(first, second);
    const expected = (beside: Beside) => beside.series().map((series) => series.expected);
    expect(expected(second)).toHaveLength(10_000);
    expect(expected(second).some(Number.isNaN)).toBe(false);
    expect(expected(second)).toEqual(expected(first));
    expect(second.failures).toEqual([]);
  });

  it('they come back in the worker that takes the place of another one', async () => {
    const storage = await make();
    const { beside: first } = besideOf(storage);
    const run = feed(700);
    for (let i = 0; i < 150; i++) run(first);
    await first.part.flush!();
    const { beside: second } = besideOf(storage);
    second.part.keeps!.restore(first.part.keeps!.write());
    second.now = first.now;
    // Runs do not wait for the storage.
    run(second);
    expect(second.series()[0]!.warming).toBe(true);
    await second.part.flush!();
    run(second);
    expect(second.series().some(({ warming }) => warming)).toBe(false);
    expect(second.failures).toEqual([]);
    // They are that worker's from now on.
    await second.part.close!();
    const { beside: third } = besideOf(storage, 'b');
    await third.part.flush!();
    run(third);
    expect(third.series().some(({ warming }) => warming)).toBe(false);
  });

  it('what nobody can read is set aside, and the rest comes back', async () => {
    const storage = await make();
    const { beside: first } = besideOf(storage);
    const run = feed(3);
    for (let i = 0; i < 150; i++) run(first);
    await first.part.close!();
    const garbage = recordBlobs(storage, 'detectors', async () => {});
    const texts = ['garbage', '{"version":1,"series":[["k",1,1,0,5]]}\n', '{"version":1}\n', '\n'];
    for (const [i, text] of texts.entries()) {
      await garbage.put(`${i}`, [new TextEncoder().encode(text)]);
    }
    await garbage.close();
    const { beside: second } = besideOf(storage, 'b');
    await second.part.flush!();
    run(second);
    expect(second.series().some(({ warming }) => warming)).toBe(false);
    expect(second.failures).toHaveLength(texts.length);
    expect(second.failures[0]).toContain('is damaged, and was set aside');
  });
});

it('a series moves to another value without being lost when there are more or fewer', async () => {
  const storage = memoryStorage(new Memory());
  const { beside, puts } = besideOf(storage);
  for (const count of [200, 900, 100, 5000]) {
    const run = feed(count, count);
    run(beside);
    puts.length = 0;
    await beside.part.flush!();
    expect(puts.length, `${count} series`).toBeLessThanOrEqual(128);
  }
  await beside.part.close!();
  const { beside: next } = besideOf(storage, 'b');
  await next.part.flush!();
  feed(5000)(next);
  expect(next.series().filter(({ expected }) => Number.isNaN(expected))).toEqual([]);
});

it('is written in pieces, between which other work goes on', async () => {
  const { beside, puts } = besideOf(memoryStorage(new Memory()));
  feed(10_000)(beside);
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await beside.part.flush!();
  isDone = true;
  expect(puts.length).toBeGreaterThan(30);
  expect(Math.max(...puts)).toBeLessThan(700_000);
  expect(turns).toBeGreaterThanOrEqual(puts.length);
});

it('is written once a minute, and more rarely if it is much', async () => {
  for (const [count, least, most] of [
    [10, 9, 10],
    [10_000, 1, 4],
  ] as const) {
    const { beside, puts } = besideOf(memoryStorage(new Memory()));
    const run = feed(count);
    run(beside);
    await beside.part.flush!();
    const values = puts.length;
    puts.length = 0;
    for (let minute = 0; minute < 10; minute++) {
      beside.now += 60;
      beside.elapsed += 60;
      beside.run(undefined, 0);
      // A run asks for nothing as long as what an earlier one has asked for is under way.
      for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    }
    // What runs have begun is done before this is.
    await beside.part.flush!();
    const written = puts.length / values - 1;
    expect(written, `${count} series`).toBeGreaterThanOrEqual(least);
    expect(written, `${count} series`).toBeLessThanOrEqual(most);
  }
});

it('a storage that fails is told of once, and detectors go on', async () => {
  const beside = new Beside({ blobs: () => Promise.reject(new Error('no room')) });
  beside.watch();
  const run = feed(3);
  for (let i = 0; i < 150; i++) run(beside);
  await beside.part.flush!();
  expect(beside.series().some(({ warming }) => warming)).toBe(false);
  expect(beside.failures).toEqual([expect.stringContaining('no room')]);
  expect(JSON.parse(beside.part.keeps!.write()).series).toHaveLength(3);
});

describe('whatever happens', () => {
  const ZONES = ['a', 'b', 'c'];
  const PLAN = { detector: { warmUp: 20 } };
  const run = fc.record({
    does: fc.constant('run' as const),
    times: fc.integer({ min: 1, max: 60 }),
    zones: fc.subarray(ZONES),
  });
  const clock = fc.record({
    does: fc.constant('set the clock' as const),
    hours: fc.integer({ min: -30, max: 30 }),
  });
  const other = fc.record({
    does: fc.constantFrom('flush', 'restart', 'replace the worker', 'watch again'),
  });
  const steps = fc.array(
    fc.oneof({ weight: 4, arbitrary: run }, clock, { weight: 2, arbitrary: other }),
    { minLength: 5, maxLength: 25 },
  );
  type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never;

  /** An application that begins again now and then, and counts what each series has given since its watch has begun. */
  class Application {
    readonly #storage = memoryStorage(new Memory());
    readonly #uniform = randomOf(1).uniform;
    readonly #seen = new Map<string, number>();
    #life = 0;
    beside = this.#begin();
    readonly all = [this.beside];

    async does(step: Step): Promise<void> {
      const { part } = this.beside;
      if ('zones' in step) this.#run(step.times, step.zones);
      else if ('hours' in step) this.beside.now += 3600 * step.hours;
      else if (step.does === 'flush') await part.flush!();
      else if (step.does === 'watch again') {
        (part.calls!.stop as (name: string) => void)('w');
        this.beside.watch(PLAN);
        this.#seen.clear();
      } else await this.#beginAgain(step.does === 'restart');
    }

    #begin(): Beside {
      const blobs = async (name: string) => recordBlobs(this.#storage, name, async () => {});
      const beside = new Beside({ life: `${this.#life}`, blobs });
      beside.watch(PLAN);
      return beside;
    }

    async #beginAgain(isRestart: boolean): Promise<void> {
      const { now, elapsed, part } = this.beside;
      // What is kept says where in storage the rest is, so that comes first.
      await part.flush!();
      const kept = part.keeps!.write();
      if (isRestart) {
        this.#life++;
        await part.close!();
      }
      this.beside = Object.assign(this.#begin(), { now, elapsed });
      this.all.push(this.beside);
      this.beside.part.keeps!.restore(kept);
      await this.beside.part.flush!();
    }

    #run(times: number, zones: string[]): void {
      for (let i = 0; i < times; i++) {
        const values = zones.map(() => 10 + this.#uniform());
        this.beside.run(family('gauge', values, labelled(zones)));
      }
      for (const zone of zones) this.#seen.set(zone, (this.#seen.get(zone) ?? 0) + times);
      const all = this.beside.series();
      expect(all.map(({ labels }) => labels.zone).sort()).toEqual([...zones].sort());
      for (const { labels, score, warming } of all) {
        expect(score >= 0 && score < 0.9, `${score}`).toBe(true);
        expect(warming, labels.zone).toBe(this.#seen.get(labels.zone!)! < 20);
      }
    }
  }

  it('to clocks, workers and watches, a series knows all that it has seen, and nothing is told', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const application = new Application();
        for (const step of all) await application.does(step);
        for (const { told, failures } of application.all) {
          expect([told, failures]).toEqual([[], []]);
        }
      }),
      { numRuns: 25 },
    );
  });
});
