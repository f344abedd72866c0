/**
 * Series that mostly have the same value. They have no spread to judge by: a constant that rose 25-fold was no anomaly,
 * and of a counter with a few errors a day each one was. What was expected was told as it was after the value.
 */
import { type Assessment, createDetector } from 'utilityfog-telemetry/analytics/detectors';
import { describe, expect, it } from 'vitest';
import { randomOf } from '../analytics/random.ts';

const START = 20_000 * 86_400;
const MINUTE = 60;

/** Feeds a value a minute, and returns what was made of each. */
function fed(values: readonly number[], detector = createDetector()): Assessment[] {
  return values.map((value, i) => detector.next(START + MINUTE * i, value));
}

const times = (count: number, value: number) => new Array<number>(count).fill(value);
const isAnomaly = ({ score }: Assessment) => score >= 0.9;

describe('a constant that becomes another one', () => {
  it.each([
    [10, 250, 3],
    [-10, -250, 3],
    [1e-300, 1e-298, 3],
    [5e-324, 1e300, 3],
    [10, 0, 6],
    [0, 250, 6],
    [0, 5e-324, 6],
    [1e300, 1e298, 6],
  ])('from %d to %d is an anomaly within %3$d values', (before, after, within) => {
    const made = fed([...times(200, before), ...times(within, after)]);
    expect(made.slice(0, 200).some(isAnomaly)).toBe(false);
    expect(made.slice(200).filter(isAnomaly)).toHaveLength(1);
  });

  it('by less than counts is none', () => {
    const made = fed([...times(200, 1e9), ...times(100, 1e9 + 4096)]);
    expect(made.filter(isAnomaly)).toEqual([]);
  });
});

it.each([0.001, 0.01, 0.03, 0.1])('that a value in %d is another one is no anomaly', (share) => {
  let alarms = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const { uniform } = randomOf(seed);
    const errors = Array.from({ length: 3 * 1440 }, () =>
      uniform() < share ? Math.ceil(10 * uniform()) : 0,
    );
    alarms += fed(errors).filter(isAnomaly).length;
  }
  // That is one in 60 series and days.
  expect(alarms).toBeLessThanOrEqual(1);
});

describe('what was expected', () => {
  it('is not known of the first value', () => {
    expect(fed([5])).toEqual([{ score: 0, expected: NaN, low: NaN, high: NaN, warming: true }]);
  });

  it('is told as it was before the value', () => {
    const { gaussian } = randomOf(1);
    const detector = createDetector();
    fed([...Array.from({ length: 300 }, gaussian)], detector);
    const silent = detector.silent(START + 300 * MINUTE);
    const { expected, low, high } = detector.next(START + 300 * MINUTE, 1e6);
    expect({ expected, low, high }).toEqual({
      expected: silent.expected,
      low: silent.low,
      high: silent.high,
    });
  });

  it('is the usual value, also after another one', () => {
    const made = fed([...times(200, 10), 250, 10, 10]);
    expect(made[200]).toMatchObject({ expected: 10, low: 10, high: 10 });
    expect(made[202]).toMatchObject({ expected: 10 });
    expect(made[202]!.low).toBeLessThanOrEqual(10);
  });

  it('is that of the time of the day at which nothing came', () => {
    const value = (minute: number) => (minute % 1440 < 720 ? 10 : 100) + (minute % 7);
    const detector = createDetector();
    fed(
      Array.from({ length: 4 * 1440 }, (_, minute) => value(minute)),
      detector,
    );
    expect(detector.silent(START + 4 * 86_400 + 3600).expected).toBeCloseTo(13, -1);
    expect(detector.silent(START + 4 * 86_400 + 20 * 3600).expected).toBeCloseTo(103, -1);
  });
});

it('what is kept fits again, whatever the times and the season were', () => {
  for (const season of [86_400, 5e-324, 1e300]) {
    const detector = createDetector({ season });
    for (const seconds of [-1.7e308, 1.7e308, 0, 1e300, 3]) {
      for (let i = 0; i < 120; i++) detector.next(seconds + i, i === 60 ? 1e308 : 5);
    }
    expect(createDetector({ season }).restore(detector.save()), String(season)).toBe(true);
  }
});
