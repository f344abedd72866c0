/**
 * Clocks that are set, and lists of series that are made anew. A silence was not noticed until a clock that was set back
 * had reached its old time. A clock that was set back now and then made seasons pass. A step of half a second doubled the
 * rate of a counter. A counter whose list of series was made anew with each run had no rate.
 */
import { createDetector } from 'utilityfog-telemetry/analytics/detectors';
import { describe, expect, it } from 'vitest';
import { Beside, family, labelled } from '../analytics/beside.ts';
import { randomOf } from '../analytics/random.ts';

const HOUR = 3600;

describe('a clock that is set back by an hour', () => {
  it('does not hide that a series has ended', () => {
    const detector = createDetector();
    const start = 20_000 * 86_400;
    for (let i = 0; i < 200; i++) detector.next(start + 10 * i, i % 7);
    const back = start + 2000 - HOUR;
    expect(detector.silent(back).score).toBe(0);
    expect(detector.silent(back + 200).score).toBeGreaterThan(0.9);
  });

  it('does not make a series that has ended stay longer', () => {
    const beside = new Beside();
    beside.watch({ detector: { parts: ['level', 'silence'] } });
    for (let i = 0; i < 50; i++) beside.run(family('gauge', [i]));
    beside.run(undefined);
    beside.now -= 24 * HOUR;
    beside.run(undefined);
    expect(beside.series()).toHaveLength(1);
    beside.run(undefined, HOUR + 10);
    expect(beside.series()).toEqual([]);
  });

  it('does not make a day pass', () => {
    const { gaussian } = randomOf(3);
    const detector = createDetector({ parts: ['season'] });
    let seconds = 20_000 * 86_400 + 1000;
    for (let i = 0; i < 600; i++) {
      // The clock is corrected every few minutes.
      seconds += i % 10 === 0 ? -500 : 60;
      expect(detector.next(seconds, 10 + gaussian()).warming).toBe(true);
    }
  });
});

describe('the rate of a counter', () => {
  it.each([0.5, -0.5])('is not known when the clock is set by %d seconds', (step) => {
    const beside = new Beside();
    const { uniform } = randomOf(4);
    beside.watch();
    let total = 0;
    const some = (runs: number) => {
      for (let i = 0; i < runs; i++) {
        beside.run(family('counter', [(total += 100 + uniform())]), 1);
        const [series] = beside.series();
        if (total > 300) expect(series!.value).toBeCloseTo(100, -1);
      }
    };
    some(300);
    beside.now += step;
    some(100);
    expect(beside.told).toEqual([]);
  });

  it('goes on when the list of series is made anew', () => {
    const beside = new Beside();
    beside.watch();
    for (let i = 1; i <= 5; i++)
      beside.run(family('counter', [20 * i, 50 * i], labelled(['a', 'b'])));
    expect(beside.series().map(({ value }) => value)).toEqual([2, 5]);
    // What came while a series was not there does not count.
    beside.run(family('counter', [120], labelled(['a'])));
    beside.run(family('counter', [140, 5000], labelled(['a', 'b'])));
    expect(beside.series().map(({ value }) => value)).toEqual([2, Number.NaN]);
  });
});
