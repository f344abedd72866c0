/** Series with faults at known times, made from seeds: each fault is found soon, and nothing else. */
import { createDetector } from 'utilityfog-telemetry/analytics/detectors';
import { describe, expect, it } from 'vitest';
import { randomOf } from './random.ts';
import { KINDS, STEP, seriesOf } from './synthetic-server.ts';

const DAYS = 6;
const PER_DAY = 86_400 / STEP;
const MIDNIGHT = 20_000 * 86_400;
/** The fault begins on the fifth day, at three in the morning. */
const FAULT = 4 * PER_DAY + 180;
const LONGEST = 60;

/** What a fault makes of a value. `size` is the mean of the series. */
const FAULTS: Readonly<Record<string, (value: number, size: number, i: number) => number>> = {
  'a spike': (value, size, i) => (i < 2 ? value + 10 * size : value),
  'a rise for half an hour': (value, size, i) => (i < 30 ? value + 4 * size : value),
  'a new level': (value, size) => value + 3 * size,
  'a peak at the wrong time': (value, size, i) => (i < 60 ? value + 2 * size : value),
  'a fall to 0': (value, _, i) => (i < LONGEST ? 0 : value),
};
const STEADY = ['Gaussian noise', 'a season with Gaussian noise', 'many events', 'a trend'];

describe.each(STEADY.filter((kind) => KINDS[kind]))('in %s', (kind) => {
  it.each(Object.entries(FAULTS))('%s is found', (_, fault) => {
    for (let seed = 1; seed <= 3; seed++) {
      const values = seriesOf(kind, seed, DAYS);
      const size = values.reduce((sum, value) => sum + value, 0) / values.length;
      const detector = createDetector();
      const alarms: number[] = [];
      values.forEach((value, i) => {
        const given = i < FAULT ? value : fault(value, size, i - FAULT);
        if (detector.next(MIDNIGHT + i * STEP, given).score >= 0.9) alarms.push(i - FAULT);
      });
      expect(alarms[0], `seed ${seed}`).toBeGreaterThanOrEqual(0);
      expect(alarms[0], `seed ${seed}`).toBeLessThan(LONGEST);
    }
  });
});

it('a second strike soon after the first is found, too', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { gaussian } = randomOf(seed);
    const detector = createDetector();
    const alarms: number[] = [];
    for (let i = 0; i < 500; i++) {
      const isStruck = (i >= 300 && i < 310) || (i >= 450 && i < 460);
      const value = 100 + 5 * gaussian() + (isStruck ? 100 : 0);
      if (detector.next(MIDNIGHT + i, value).score >= 0.9) alarms.push(i);
    }
    const times = expect.arrayContaining([expect.toSatisfy((i) => i >= 450)]);
    expect(alarms[0], `seed ${seed}`).toBeLessThan(310);
    expect(alarms, `seed ${seed}`).toEqual(times);
  }
});

it('a counter that stops is silent, and one that starts late is not', () => {
  const { gaussian } = randomOf(1);
  const detector = createDetector();
  // It starts three hours late, and misses a run now and then.
  for (let i = 180; i < 1000; i++) {
    if (i % 50 === 0) expect(detector.silent(MIDNIGHT + 60 * i).score).toBeLessThan(0.1);
    else expect(detector.next(MIDNIGHT + 60 * i, gaussian()).score).toBeLessThan(0.9);
  }
  expect(detector.silent(MIDNIGHT + 60 * 1020).score).toBeGreaterThanOrEqual(0.9);
  expect(detector.next(MIDNIGHT + 60 * 1021, 0).score).toBeLessThan(0.9);
});
