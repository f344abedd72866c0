/** A detector, as its users see it. */
import fc from 'fast-check';
import {
  type Assessment,
  createDetector,
  type PartName,
} from 'utilityfog-telemetry/analytics/detectors';
import { describe, expect, it } from 'vitest';
import { randomOf } from './random.ts';

const DAY = 86_400;
const START = 20_000 * DAY;
const PARTS: readonly PartName[] = [
  ...(['level', 'season', 'change', 'rate', 'distribution', 'silence'] as const),
];

/** Gives a detector values that are one minute apart, and returns what it made of the last one. */
function feed(
  detector: ReturnType<typeof createDetector>,
  count: number,
  value: (i: number) => number,
  from = 0,
): Assessment {
  let last: Assessment | undefined;
  for (let i = from; i < from + count; i++) last = detector.next(START + 60 * i, value(i));
  return last!;
}

/** Returns Gaussian noise, the same each time. */
function noise(seed = 1): (i: number) => number {
  const { gaussian } = randomOf(seed);
  return () => gaussian();
}

it('knows nothing before the first value, and says so', () => {
  const detector = createDetector();
  const nothing = { score: 0, expected: NaN, low: NaN, high: NaN, warming: true };
  expect(detector.silent(START)).toEqual(nothing);
  expect(detector.next(START, Number.NaN)).toEqual(nothing);
});

it('scores 0 until it has seen 100 values', () => {
  const detector = createDetector();
  const value = noise();
  for (let i = 0; i < 99; i++) {
    expect(detector.next(START + i, i === 50 ? 1000 : value(i))).toMatchObject({
      score: 0,
      warming: true,
    });
  }
  expect(detector.next(START + 99, 0).warming).toBe(false);
});

it.each([20, 30, 99])('scores from value %i on if it is told to', (warmUp) => {
  const detector = createDetector({ warmUp });
  const value = noise();
  for (let i = 1; i < warmUp; i++) {
    expect(detector.next(START + i, value(i))).toMatchObject({ score: 0, warming: true });
  }
  const { warming, low, high } = detector.next(START + warmUp, 0);
  expect([warming, low < -2, high > 2]).toEqual([false, true, true]);
  expect(detector.next(START + warmUp + 1, 100).score).toBeGreaterThanOrEqual(0.9);
});

it('knows after a shorter warm-up, too, which value is the usual one', () => {
  const detector = createDetector({ warmUp: 20 });
  feed(detector, 20, (i) => (i % 7 === 3 ? 9 : 7));
  expect(detector.next(START + 1200, 7).expected).toBe(7);
});

it('scores 0.9 and more once in an episode', () => {
  const detector = createDetector();
  feed(detector, 500, noise());
  const scores = Array.from(
    { length: 50 },
    (_, i) => detector.next(START + 60 * (500 + i), 20).score,
  );
  expect(scores.filter((score) => score >= 0.9)).toHaveLength(1);
  expect(scores.at(-1)).toBeGreaterThan(0.8);
});

it('says what it has expected, and between which values most are', () => {
  const detector = createDetector();
  const value = noise();
  const { expected, low, high } = feed(detector, 3000, (i) => 100 + value(i));
  expect(expected).toBeCloseTo(100, 0);
  // 999 of 1,000 values of Gaussian noise are less than 3.29 deviations away.
  expect(100 - low).toBeGreaterThan(2.6);
  expect(100 - low).toBeLessThan(4.5);
  expect(high - 100).toBeCloseTo(100 - low, 0);
});

it('knows what is usual at a time of the day', () => {
  const value = noise();
  const at = (i: number) => (i % 1440 > 480 && i % 1440 < 1200 ? 100 : 10) + value(i);
  const detector = createDetector();
  feed(detector, 5 * 1440, at);
  // At three in the night there are as many requests as by day.
  feed(detector, 180, at, 5 * 1440);
  expect(detector.next(START + 60 * (5 * 1440 + 180), 10).expected).toBeCloseTo(10, -1);
  let most = 0;
  for (let i = 0; i < 10; i++) {
    most = Math.max(most, detector.next(START + 60 * (5 * 1440 + 181 + i), 100).score);
  }
  expect(most).toBeGreaterThanOrEqual(0.9);
});

describe('each part can be read and chosen', () => {
  const faults: Readonly<Record<Exclude<PartName, 'silence'>, (i: number) => number>> = {
    level: () => 30,
    season: () => 30,
    change: () => 4,
    rate: (i) => (i % 2 === 0 ? 9 : -9),
    distribution: (i) => (i % 2 === 0 ? 3 : 3.1),
  };

  it.each(Object.entries(faults))('%s', (name, fault) => {
    const detector = createDetector({ parts: [name as PartName] });
    const value = noise();
    feed(detector, 4 * 1440, value);
    let part = 0;
    let most = 0;
    for (let i = 4 * 1440; i < 4 * 1440 + 60; i++) {
      most = Math.max(most, detector.next(START + 60 * i, fault(i)).score);
      part = Math.max(part, detector.parts()[name as PartName]);
    }
    expect(most).toBeGreaterThanOrEqual(0.9);
    expect(part).toBeGreaterThan(0.6);
    expect(Object.keys(detector.parts()).sort()).toEqual([...PARTS].sort());
  });

  it('silence', () => {
    const detector = createDetector();
    feed(detector, 200, noise());
    const end = START + 60 * 199;
    expect(detector.silent(end + 60).score).toBe(0);
    expect(detector.silent(end + 180).score).toBeLessThan(0.5);
    expect(detector.silent(end + 600).score).toBeCloseTo(0.9, 10);
    expect(detector.parts().silence).toBeCloseTo(0.9, 10);
    expect(createDetector({ parts: ['level'] }).silent(end).score).toBe(0);
  });

  it('but not one that there is not', () => {
    expect(() => createDetector({ parts: ['nothing' as PartName] })).toThrow(
      /parts must be a list/,
    );
    expect(() => createDetector({ season: 0 })).toThrow(/season must be/);
    for (const warmUp of [19, 101, 30.5]) {
      expect(() => createDetector({ warmUp })).toThrow(
        /warmUp must be a whole number from 20 to 100/,
      );
    }
  });
});

describe('what is no anomaly', () => {
  it('is a gap of hours', () => {
    const detector = createDetector();
    const value = noise();
    feed(detector, 1000, value);
    expect(detector.next(START + 60 * 1000 + 5 * 3600, value(0)).score).toBeLessThan(0.9);
    expect(feed(detector, 100, value, 1400).score).toBeLessThan(0.9);
  });

  it('is a clock that is set back', () => {
    const detector = createDetector();
    const value = noise();
    feed(detector, 1000, value);
    expect(feed(detector, 500, value, 200).score).toBeLessThan(0.9);
    expect(detector.next(Number.NaN, 0).score).toBeLessThan(0.9);
    expect(detector.next(-Infinity, 0).score).toBeLessThan(0.9);
  });

  it('is a constant, or one value that differs', () => {
    const detector = createDetector();
    expect(feed(detector, 2000, () => 5).score).toBe(0);
    expect(detector.next(START + 60 * 2000, 5 + 1e-15)).toMatchObject({ score: 0, expected: 5 });
    // One new value is not much among 2,000. That it stays is.
    expect(detector.next(START + 60 * 2001, 6).score).toBeLessThan(0.9);
    expect(detector.next(START + 60 * 2002, 6).score).toBeLessThan(0.9);
    const scores = Array.from(
      { length: 10 },
      (_, i) => detector.next(START + 60 * (2003 + i), 6).score,
    );
    expect(Math.max(...scores)).toBeGreaterThanOrEqual(0.9);
  });

  it('is what comes again and again', () => {
    const detector = createDetector();
    const value = noise();
    const at = (i: number) => value(i) + (i % 200 < 5 ? 15 : 0);
    feed(detector, 5000, at);
    for (let i = 5000; i < 8000; i++) {
      expect(detector.next(START + 60 * i, at(i)).score, String(i)).toBeLessThan(0.9);
    }
  });

  it('is a step, after some time', () => {
    const detector = createDetector();
    const value = noise();
    feed(detector, 1000, value);
    feed(detector, 4000, (i) => 20 + value(i), 1000);
    const { expected, score } = feed(detector, 100, (i) => 20 + value(i), 5000);
    expect(expected).toBeGreaterThan(10);
    expect(score).toBeLessThan(0.9);
  });
});

describe('any input', () => {
  const number = fc.oneof(
    fc.double(),
    fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1e300, -1e300, 1e-300, 5e-324, 1.7e308, 1),
    fc.double({ min: -10, max: 10, noNaN: true }),
  );
  const step = fc.tuple(number, number, fc.integer({ min: 1, max: 60 }), fc.boolean());

  it('gives a score from 0 to 1, and a band around what is expected', () => {
    const isSound = ({ score, expected, low, high }: Assessment) =>
      score >= 0 && score <= 1 && (Number.isNaN(expected) || (low <= expected && expected <= high));
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.subarray([...PARTS], { minLength: 1 }),
        fc.constantFrom('day' as const, 'found' as const),
        (steps, parts, season) => {
          const detector = createDetector({ parts, season });
          for (const [seconds, value, times, isSilent] of steps) {
            for (let i = 0; i < times; i++) {
              const made = isSilent
                ? detector.silent(seconds + i)
                : detector.next(seconds + i, value);
              if (!isSound(made)) expect.fail(JSON.stringify(made));
            }
            const scores = Object.values(detector.parts());
            if (!scores.every((score) => score >= 0 && score <= 1)) expect.fail(`${scores}`);
          }
          expect(createDetector({ parts, season }).restore(detector.save())).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('of the largest and the smallest size is told apart', () => {
    for (const size of [1e300, 1, 1e-300]) {
      const detector = createDetector();
      const value = noise();
      feed(detector, 500, (i) => size * (10 + value(i)) * 0.01);
      expect(detector.next(START + 60 * 500, size * 0.5).score, String(size)).toBeGreaterThan(0.9);
    }
  });
});

describe('what is kept', () => {
  it('goes on as if nothing had happened', () => {
    const value = fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.constantFrom(NaN, 1e9));
    const options = fc.record({
      season: fc.constantFrom('day' as const, 'found' as const),
      warmUp: fc.integer({ min: 20, max: 100 }),
    });
    const values = fc.array(value, { minLength: 1, maxLength: 500 });
    fc.assert(
      fc.property(values, fc.nat(500), options, (values, at, options) => {
        const one = createDetector(options);
        let resumed = createDetector(options);
        values.forEach((value, i) => {
          const seconds = START + 600 * i;
          if (i === at) {
            resumed = createDetector(options);
            expect(resumed.restore(one.save())).toBe(true);
          }
          const made = one.next(seconds, value);
          if (i < at) return;
          expect(resumed.next(seconds, value)).toEqual(made);
          expect(resumed.parts()).toEqual(one.parts());
        });
      }),
      { numRuns: 50 },
    );
  });

  it('is less than 2 kB, and not of another season or warm-up', () => {
    const bytes = createDetector().save();
    expect(bytes.length).toBeLessThan(2000);
    expect(createDetector({ season: 'week' }).restore(bytes)).toBe(false);
    expect(createDetector({ warmUp: 99 }).restore(bytes)).toBe(false);
    expect(createDetector({ season: DAY, warmUp: 100 }).restore(bytes)).toBe(true);
  });

  it('is refused if it is damaged, and the detector begins anew', () => {
    const full = createDetector();
    feed(full, 300, noise());
    const bytes = full.save();
    const begun = createDetector().save();
    const damage = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }),
      fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, change]) => {
        const damaged = bytes.slice();
        damaged[at]! ^= change;
        return damaged;
      }),
      fc.nat(bytes.length - 1).map((length) => bytes.slice(0, length)),
      fc.anything() as fc.Arbitrary<Uint8Array>,
    );
    fc.assert(
      fc.property(damage, (damaged) => {
        const detector = createDetector();
        feed(detector, 150, noise());
        expect(detector.restore(damaged)).toBe(false);
        expect(detector.save()).toEqual(begun);
      }),
    );
  });
});
