/** A detector that finds its season by itself: the season is there, is not there, changes, or comes late. */
import fc from 'fast-check';
import { createDetector } from 'utilityfog-telemetry/analytics/detectors';
import { describe, expect, it } from 'vitest';
import { randomOf } from './random.ts';

const START = 20_000 * 86_400 + 1234.5;
const STEP = 10;
/** No series here lasts so long: a detector with this season knows the level alone. */
const NEVER = 1e12;

type Values = (i: number) => number;
const wave = (period: number): Values => {
  return (i) => Math.sin((2 * Math.PI * i) / period);
};

/** Gives the values to a detector that finds its season and to one that has none. */
function beside(count: number, value: Values, step = STEP) {
  const finding = createDetector({ season: 'found' });
  const level = createDetector({ season: NEVER });
  const errors = { finding: 0, level: 0, apart: 0 };
  let alarms = 0;
  /** Goes on up to a value, and returns the mean errors of both since the last call. */
  const upTo = (end: number, from: number) => {
    Object.assign(errors, { finding: 0, level: 0, apart: 0 });
    for (let i = from; i < end; i++) {
      const seconds = START + step * i;
      const one = finding.next(seconds, value(i));
      const other = level.next(seconds, value(i));
      errors.finding += Math.abs(value(i) - one.expected) / (end - from);
      errors.level += Math.abs(value(i) - other.expected) / (end - from);
      if (!Object.is(one.expected, other.expected)) errors.apart++;
      if (one.score >= 0.9) alarms++;
    }
    return { ...errors, alarms };
  };
  upTo(count, 0);
  return { upTo: (end: number) => upTo(end, count), finding };
}

/** The same value for the same time, since both detectors see it. */
function noisy(value: Values, size: number, seed: number, length: number): Values {
  const { gaussian } = randomOf(seed);
  const noise = Float64Array.from({ length }, () => size * gaussian());
  return (i) => value(i) + noise[i]!;
}

describe('a season is found', () => {
  it('of 37 values, of the shape of a wave, a saw, or a peak', () => {
    const shapes = [wave(37), (i: number) => (i % 37) / 12, (i: number) => (i % 37 < 3 ? 6 : 0)];
    fc.assert(
      fc.property(fc.constantFrom(...shapes), fc.nat(1000), (shape, seed) => {
        const { upTo } = beside(600, noisy(shape, 0.2, seed, 1200));
        const { finding, level, alarms } = upTo(1200);
        expect(finding).toBeLessThan(0.6 * level);
        expect(alarms).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('of any length from 5 to 60 values, also if it is not whole', () => {
    fc.assert(
      fc.property(fc.double({ min: 5, max: 60, noNaN: true }), fc.nat(1000), (period, seed) => {
        const { upTo } = beside(1200, noisy(wave(period), 0.1, seed, 1800));
        const { finding, level } = upTo(1800);
        expect(finding).toBeLessThan(0.5 * level);
      }),
      { numRuns: 30 },
    );
  });

  it.each([10, 60])('of 1,440 values, one in %d seconds, on a trend', (step) => {
    const value = noisy((i) => wave(1440)(i) + i / 5000, 0.2, 1, 9000);
    const { upTo } = beside(6600, value, step);
    const { finding, level } = upTo(9000);
    expect(finding).toBeLessThan(0.5 * level);
  });

  it('although values are missing, late, or of any size', () => {
    for (const size of [1e-290, 1, 1e290]) {
      const { uniform } = randomOf(5);
      const detector = createDetector({ season: 'found' });
      let errors = 0;
      for (let i = 0; i < 3000; i++) {
        const value = size * wave(37)(i);
        if (uniform() < 0.1) continue;
        const { expected } = detector.next(START + STEP * i + 2 * uniform(), value);
        if (i >= 2000) errors += Math.abs(value - expected) / size / 1000;
      }
      expect(errors, `${size}`).toBeLessThan(0.3);
    }
  });
});

describe('no season is pretended', () => {
  const kinds: Readonly<Record<string, (seed: number) => Values>> = {
    'Gaussian noise': (seed) => noisy(() => 0, 1, seed, 9000),
    'a constant': () => () => 5,
    'noise that lasts': (seed) => lasting(0.9, seed),
    'a random walk': (seed) => lasting(1, seed),
    'rare peaks': (seed) => {
      const some = noisy(() => 0, 1, seed, 9000);
      return (i) => (some(i) > 2 ? 7 : 0);
    },
  };

  function lasting(share: number, seed: number): Values {
    const { gaussian } = randomOf(seed);
    let last = 0;
    const values = Float64Array.from({ length: 9000 }, () => (last = share * last + gaussian()));
    return (i) => values[i]!;
  }

  it.each(Object.entries(kinds))('in %s', (_, make) => {
    for (const seed of [1, 2, 3, 4]) {
      expect(beside(0, make(seed)).upTo(9000).apart, `seed ${seed}`).toBe(0);
    }
  });
});

describe('a season that changes', () => {
  it.each<[string, Values]>([
    ['in its length', (i) => wave(i < 4000 ? 37 : 61)(i)],
    ['in its phase', (i) => wave(37)(i < 4000 ? i : i + 18)],
  ])('%s is found again', (_, season) => {
    const { upTo } = beside(6000, noisy(season, 0.2, 1, 7000));
    const { finding, level } = upTo(7000);
    expect(finding).toBeLessThan(0.6 * level);
  });

  it('into none is given up', () => {
    const { upTo } = beside(
      5000,
      noisy((i) => (i < 4000 ? wave(37)(i) : 0), 0.3, 1, 6000),
    );
    expect(upTo(6000).apart).toBe(0);
  });
});

it('a value that was usual at another time is an anomaly', () => {
  const value = noisy((i) => 5 * wave(200)(i), 0.2, 1, 4140);
  const { finding } = beside(4140, value);
  let most = 0;
  for (let i = 4140; i < 4160; i++) most = Math.max(most, finding.next(START + STEP * i, 5).score);
  expect(most).toBeGreaterThanOrEqual(0.9);
});

it('what is known of it takes less than 4 kB, and is not that of a given season', () => {
  const { finding } = beside(1000, noisy(wave(37), 0.2, 1, 1000));
  const bytes = finding.save();
  expect(bytes.length).toBeLessThan(4000);
  expect(createDetector({ season: 'found' }).restore(bytes)).toBe(true);
  expect(createDetector().restore(bytes)).toBe(false);
  expect(createDetector({ season: 'found' }).restore(createDetector().save())).toBe(false);
});
