/** Tests the part of `analytics()` with a clock of the test: runs that are late, clocks that jump, series by the thousand. */
import type { AnomalyReport } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { Beside, family, labelled } from './beside.ts';
import { randomOf } from './random.ts';

const noise = (seed: number) => randomOf(seed).uniform;

const DAY = 86_400;

describe('a counter is no anomaly', () => {
  /** Counts about 100 in 10 seconds, and does something in between. */
  function counted(between: (beside: Beside, reset: () => void) => void): Beside {
    const beside = new Beside();
    const random = noise(7);
    beside.watch();
    let total = 5000;
    const some = (runs: number) => {
      for (let i = 0; i < runs; i++) beside.run(family('counter', [(total += 95 + 10 * random())]));
    };
    some(300);
    between(beside, () => {
      total = 0;
    });
    some(300);
    const [series] = beside.series();
    expect(series!.warming).toBe(false);
    expect(series!.value).toBeGreaterThan(9);
    expect(series!.value).toBeLessThan(11);
    return beside;
  }

  it.each<[string, (beside: Beside, reset: () => void) => void]>([
    ['when it begins anew', (_, reset) => reset()],
    [
      'after a gap of hours',
      (beside) => {
        beside.now += DAY / 4;
        beside.elapsed += DAY / 4;
      },
    ],
    [
      'when a page was frozen, and its clock with it',
      (beside) => {
        beside.now += DAY / 4;
      },
    ],
    [
      'when the clock is set forward by a minute',
      (beside) => {
        beside.now += 60;
      },
    ],
    [
      'when the clock is set back by an hour',
      (beside) => {
        beside.now -= 3600;
      },
    ],
    ['when it goes and comes back', (beside) => beside.run(undefined)],
    ['when runs are missing', (beside) => beside.run(undefined, 20)],
  ])('%s', (_, between) => {
    expect(counted(between).told).toEqual([]);
  });

  it('unless its rate changes', () => {
    const beside = counted(() => {});
    for (let i = 1; i <= 3; i++) beside.run(family('counter', [1e6 * i]));
    expect(beside.told.map(({ watch }) => watch)).toEqual(['w']);
    expect(beside.own('anomalies_total')).toEqual([1]);
    expect(beside.told[0]!.text).toMatch(/^The rate of x is [\d.]+ per second, but /);
  });
});

it('an anomaly is told once, and again after it was over', () => {
  const beside = new Beside();
  const random = noise(3);
  beside.watch({ threshold: 0.9 });
  const run = (value: number, times = 1) => {
    for (let i = 0; i < times; i++) beside.run(family('gauge', [value + random()]));
  };
  run(10, 300);
  run(90, 2);
  expect(beside.told).toHaveLength(1);
  const [{ since, score }] = beside.told as [AnomalyReport];
  expect(since).toBe(beside.now - 10);
  expect(score).toBeGreaterThanOrEqual(0.9);
  run(10, 300);
  run(500, 1);
  expect(beside.told).toHaveLength(2);
});

it('an anomaly names what else has moved', () => {
  const beside = new Beside();
  const random = noise(5);
  beside.watch();
  const zones = labelled(['a', 'b', 'c']);
  const run = (a: number, b: number) => {
    beside.run(family('gauge', [a + random(), b + random(), 10 + random()], zones));
  };
  for (let i = 0; i < 300; i++) run(10, 10);
  run(900, 900);
  const [first] = beside.told;
  expect(first?.text).toMatch(/At the same time x\{zone="b"\} has moved\.$/);
});

describe('series that come and go by the thousand', () => {
  it('leave nothing behind but what is bounded', () => {
    const beside = new Beside({ seriesLimit: 1000 });
    beside.watch();
    for (let i = 0; i < 30; i++) {
      const zones = Array.from({ length: 900 }, (_, k) => `${i} ${k}`);
      beside.run(family('gauge', new Array(900).fill(i), labelled(zones)));
      expect(beside.own('watched_series')).toEqual([900]);
      expect(beside.own('anomaly_score')).toHaveLength(900);
    }
    beside.run(family('gauge', [], []));
    expect(beside.own('anomaly_score')).toEqual([]);
    beside.run(undefined);
    expect(beside.series()).toEqual([]);
    expect(beside.part.keeps!.write().length).toBeLessThan(900_000);
    expect(beside.told).toEqual([]);
    expect(beside.failures).toEqual([]);
  });

  it('go on with what they have learned when they come back soon', () => {
    const beside = new Beside();
    const random = noise(2);
    beside.watch();
    const here = (zones: string[]) =>
      beside.run(family('gauge', zones.map(random), labelled(zones)));
    for (let i = 0; i < 200; i++) here(['a', 'b']);
    for (let i = 0; i < 3; i++) here(['b']);
    here(['a', 'b']);
    expect(beside.series().map(({ warming }) => warming)).toEqual([false, false]);
  });
});

it('silence is an anomaly only if it is asked for', () => {
  for (const parts of [undefined, ['level', 'silence'] as const]) {
    const beside = new Beside();
    const random = noise(4);
    beside.watch({ detector: { parts } });
    for (let i = 0; i < 300; i++) beside.run(family('gauge', [random()]));
    for (let i = 0; i < 200; i++) beside.run(undefined);
    expect(beside.series()).toHaveLength(parts ? 1 : 0);
    if (parts) expect(beside.told[0]?.text).toMatch(/^x has no value any more; /);
    for (let i = 0; i < 400; i++) beside.run(undefined);
    expect(beside.series()).toEqual([]);
    expect(beside.told).toHaveLength(parts ? 1 : 0);
  }
});

describe('what the part keeps', () => {
  function learned(): Beside {
    const beside = new Beside({ life: 'a' });
    const random = noise(6);
    beside.watch();
    for (let i = 0; i < 300; i++) beside.run(family('gauge', [random()]));
    void beside.part.flush!();
    return beside;
  }

  it('lets a part that takes its place go on', () => {
    const before = learned();
    const next = new Beside({ life: 'a' });
    next.part.keeps!.restore(before.part.keeps!.write());
    next.now = before.now;
    next.run(family('gauge', [50]));
    before.run(family('gauge', [50]));
    expect(next.series()).toEqual(before.series());
    expect(next.told.length).toBe(1);
  });

  it('lets the next life learn no more, but not watch by itself', () => {
    const next = new Beside({ life: 'b' });
    next.part.keeps!.restore(learned().part.keeps!.write());
    next.run(family('gauge', [0.5]));
    expect(next.own('watched_series')).toEqual([]);
    next.watch();
    next.run(family('gauge', [0.5]));
    expect(next.series().map(({ warming }) => warming)).toEqual([false]);
  });

  it.each([
    '',
    '{}',
    '{"life":"a","watches":[{}],"series":[]}',
    '[1',
    '{"life":"a","watches":[],"series":[["k",1,1,1,"%"]]}',
  ])('refuses %s', (text) => {
    const beside = new Beside();
    expect(() => beside.part.keeps!.restore(text)).toThrow();
    beside.watch();
    beside.run(family('gauge', [1]));
    expect(beside.series()).toHaveLength(1);
  });
});

it('values of every size leave scores that are numbers from 0 to 1', () => {
  const beside = new Beside();
  beside.watch();
  const random = noise(8);
  const wild = [Number.NaN, Infinity, -Infinity, 1e300, -1e300, 1e-300, 0, 5e-324, 1e308];
  for (let i = 0; i < 2000; i++) {
    const value = random() < 0.1 ? wild[Math.floor(random() * wild.length)]! : random();
    beside.run(family('gauge', [value]));
    for (const { score } of beside.series()) {
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
    }
  }
});
