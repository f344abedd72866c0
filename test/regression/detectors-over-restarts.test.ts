/**
 * What went wrong with what detectors know when it was kept and came back. Of two states of a series the older one could
 * count. What was learned since a start was lost to a state of other options. A watch that got another target went on with
 * what was known of the one before. What many owners had left was in memory at the same time, and was lost if storage
 * failed meanwhile. Values that a write had left half done stayed in storage, and two writes at once could lose series.
 */

import { describe, expect, it } from 'vitest';
import { createDetector } from '../../src/analytics/detectors.ts';
import { writeDetectors } from '../../src/features/analytics/detectors-blob.ts';
import { KeptDetectors } from '../../src/features/analytics/kept-detectors.ts';
import { type KnownSeries, seriesKey } from '../../src/features/analytics/known-state.ts';
import type { Blobs } from '../../src/storage/blobs.ts';
import { Beside, family } from '../analytics/beside.ts';
import { randomOf } from '../analytics/random.ts';

const PLAN = { name: 'w', target: { metric: 'x' }, threshold: 0.9, quantiles: [] };

/** A state of the series of the watch, whose detector has seen values around a level. */
function known(level: number, time: number, options = {}): KnownSeries {
  const { uniform } = randomOf(1);
  const detector = createDetector(options);
  for (let i = 0; i < 150; i++) detector.next(time - 10 * (150 - i), level + uniform());
  const episode = { since: 0, calm: 0 };
  return [seriesKey(PLAN, {}, ''), { time, episode, detector: detector.save() }];
}

function storedValue(...states: KnownSeries[]): Uint8Array {
  const pieces = writeDetectors(states.map(([key, state]) => [key, () => state]));
  return Buffer.concat(pieces as Uint8Array[]);
}

/** Storage that holds its claims back until it is told to go on. */
class Shelf implements Blobs {
  readonly owners: string[] = [];
  readonly values = new Map<string, Uint8Array>();
  left: Uint8Array[] = [];
  go = () => {};
  readonly #gone = new Promise<void>((resolve) => {
    this.go = resolve;
  });
  async claim(take: (value: Uint8Array) => void): Promise<readonly string[]> {
    await this.#gone;
    for (const value of this.left) take(value);
    return [];
  }
  async settle() {
    this.left = [];
  }
  async put(key: string, value: readonly Uint8Array[]) {
    this.values.set(key, Buffer.concat(value));
  }
  async delete(key: string) {
    this.values.delete(key);
  }
  async close() {}
}

describe('a series that is there before what was known of it', () => {
  const started = async (left: Uint8Array[]) => {
    const shelf = new Shelf();
    shelf.left = left;
    const beside = new Beside({ blobs: async () => shelf });
    beside.watch();
    for (let i = 0; i < 60; i++) beside.run(family('gauge', [500 + (i % 9)]));
    shelf.go();
    await beside.part.flush!();
    return beside;
  };

  it.each([
    ['first', [20, 10]],
    ['last', [10, 20]],
  ])('goes on with the newest of two states, which comes %s', async (_, levels) => {
    const beside = await started(
      levels.map((level) => storedValue(known(level, 1_700_000_000 + 100 * level))),
    );
    beside.run(family('gauge', [20]));
    expect(beside.series()[0]).toMatchObject({ warming: false, expected: expect.closeTo(20, -1) });
    expect(beside.series()[0]!.expected).toBeGreaterThan(15);
  });

  it('goes on with its own if the state is of another warm-up', async () => {
    const beside = await started([storedValue(known(20, 1_700_000_000, { warmUp: 25 }))]);
    for (let i = 60; i < 100; i++) beside.run(family('gauge', [500 + (i % 9)]));
    expect(beside.series()[0]).toMatchObject({ warming: false, expected: expect.closeTo(504, -1) });
  });
});

it('a watch that has another target begins anew', () => {
  const first = new Beside();
  first.watch();
  for (let i = 0; i < 150; i++) first.run(family('gauge', [i % 9]));
  const kept = first.part.keeps!.write();
  for (const [metric, warming] of [
    ['x', false],
    ['y', true],
  ] as const) {
    const next = new Beside({ life: 'b' });
    next.part.keeps!.restore(kept);
    next.watch({ target: { metric } });
    next.run({ ...family('gauge', [5]), name: metric });
    expect(next.series()[0]!.warming, metric).toBe(warming);
  }
});

it('a state that says that an anomaly was calm for less than no time is refused', () => {
  const series = [[seriesKey(PLAN, {}, ''), 1, 1, -1e300, '']];
  const state = JSON.stringify({ life: 'a', watches: [], series });
  expect(() => new Beside().part.keeps!.restore(state)).toThrow('is not sound');
});

it('what was learned by a clock before 1970 comes back', async () => {
  const shelf = new Shelf();
  shelf.go();
  const first = new Beside({ blobs: async () => shelf });
  first.now = -10_000;
  first.watch();
  for (let i = 0; i < 150; i++) first.run(family('gauge', [i % 9]));
  await first.part.flush!();
  const kept = new Beside();
  kept.watch();
  kept.now = -10_000;
  for (let i = 0; i < 150; i++) kept.run(family('gauge', [i % 9]));
  const text = kept.part.keeps!.write();
  for (const left of [[...shelf.values.values()], []]) {
    const next = new Beside({ life: 'b', blobs: async () => Object.assign(new Shelf(), { left }) });
    if (left.length === 0) next.part.keeps!.restore(text);
    next.watch();
    next.run(family('gauge', [5]));
    expect(next.series()[0]!.warming).toBe(left.length > 0);
  }
});

describe('storage', () => {
  const kept = (shelf: Blobs, all: () => readonly string[], now = () => 0) => {
    const taken: KnownSeries[] = [];
    const state = known(1, 1_700_000_000)[1];
    const failures: string[] = [];
    const host = {
      clock: { now, elapsed: now },
      fail: (_: string, message: string) => void failures.push(message),
      blobs: async () => shelf,
    };
    const detectors = new KeptDetectors(
      host as never,
      function* () {
        for (const key of all()) yield [key, () => state] as const;
      },
      (states) => void taken.push(...states),
    );
    return { detectors, taken, failures };
  };
  const keys = (count: number) => Array.from({ length: count }, (_, i) => `k${i}`);

  it('that fails in the middle of a claim has given what came before', async () => {
    const shelf = new Shelf();
    shelf.claim = async (take) => {
      take(storedValue(known(1, 1_700_000_000)));
      throw new Error('the disk is gone');
    };
    const { detectors, taken, failures } = kept(shelf, () => []);
    await detectors.flush();
    expect(taken).toHaveLength(1);
    expect(failures).toEqual([expect.stringContaining('the disk is gone')]);
  });

  it('that was full gets rid of what was claimed once there is room', async () => {
    const shelf = new Shelf();
    shelf.left = [storedValue(known(1, 1_700_000_000))];
    shelf.go();
    const put = shelf.put;
    shelf.put = async () => {
      throw new Error('it is full');
    };
    const { detectors } = kept(shelf, () => keys(3));
    await detectors.flush();
    expect(shelf.left).toHaveLength(1);
    shelf.put = put;
    await detectors.flush();
    expect(shelf.left).toEqual([]);
    expect(shelf.values.size).toBe(1);
  });

  it('that hangs for hours is written to once when it answers again', async () => {
    const shelf = new Shelf();
    shelf.go();
    let now = 0;
    const { detectors } = kept(
      shelf,
      () => keys(3),
      () => now,
    );
    await detectors.flush();
    let puts = 0;
    let answer = () => {};
    const answers = new Promise<void>((resolve) => {
      answer = resolve;
    });
    shelf.put = async () => {
      puts++;
      await answers;
    };
    for (let minute = 0; minute < 200; minute++) {
      now += 61;
      detectors.sampled();
    }
    answer();
    await detectors.flush();
    expect(puts).toBe(2);
  });

  it('keeps no values of a write that has failed in the middle', async () => {
    const shelf = new Shelf();
    shelf.go();
    let all = keys(1000);
    const { detectors } = kept(shelf, () => all);
    const put = shelf.put;
    shelf.put = async (key, value) => {
      if (key === '1') throw new Error('it is full');
      await put.call(shelf, key, value);
    };
    await detectors.flush();
    expect([...shelf.values.keys()]).toEqual(['3', '2']);
    shelf.put = put;
    all = keys(10);
    await detectors.flush();
    expect([...shelf.values.keys()]).toEqual(['0']);
  });

  it('has all series when a page is hidden while more of them are written', async () => {
    const shelf = new Shelf();
    shelf.go();
    let all = keys(500);
    const { detectors } = kept(shelf, () => all);
    const put = shelf.put;
    let saved: Promise<void> | undefined;
    shelf.put = async (key, value) => {
      await put.call(shelf, key, value);
      if (saved) return;
      all = keys(1000);
      saved = detectors.save();
    };
    await detectors.flush();
    await saved;
    expect(shelf.values.size).toBe(4);
    const { detectors: next, taken } = kept(
      Object.assign(shelf, { left: [...shelf.values.values()] }),
      () => [],
    );
    await next.flush();
    expect(new Set(taken.map(([key]) => key)).size).toBe(1000);
  });
});
