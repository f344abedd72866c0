/**
 * One night without values, or a clock that was wrong for a moment, made a detector deaf to silence for days. Times that
 * are not finite, given with a gap, did so for good, and left a state that nobody could restore. Where all values had the
 * same time, any silence was an anomaly.
 */
import { createDetector } from 'utilityfog-telemetry/analytics/detectors';
import { describe, expect, it } from 'vitest';

const START = 1_800_000_000;

function running(values = 300) {
  const detector = createDetector();
  for (let i = 0; i < values; i++) detector.next(START + 10 * i, i % 7);
  return { detector, end: START + 10 * (values - 1) };
}

describe('silence is noticed again', () => {
  it.each([
    ['after a night without values', 8 * 3600],
    ['after a clock was a year ahead for a moment', 365 * 86_400],
  ])('%s', (_, pause) => {
    const { detector, end } = running();
    detector.next(end + pause, 3);
    const back = pause > 86_400 ? end : end + pause;
    for (let i = 1; i <= 10; i++) detector.next(back + 10 * i, i % 7);
    expect(detector.silent(back + 200).score).toBeLessThan(0.9);
    expect(detector.silent(back + 1200).score).toBeGreaterThanOrEqual(0.9);
  });

  it('but pauses that come again and again are usual', () => {
    const { detector, end } = running();
    let now = end;
    for (let night = 0; night < 5; night++) {
      now += 8 * 3600;
      for (let i = 1; i <= 10; i++) detector.next((now += 10), i % 7);
    }
    expect(detector.silent(now + 8 * 3600).score).toBeLessThan(0.5);
  });

  it.each([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN])(
    'after a gap at the time %d',
    (time) => {
      const { detector, end } = running();
      expect(detector.silent(time).score).toBe(0);
      expect(detector.next(time, Number.NaN).score).toBe(0);
      expect(createDetector().restore(detector.save())).toBe(true);
      detector.next(end + 10, 1);
      expect(detector.silent(end + 130).score).toBeGreaterThanOrEqual(0.9);
    },
  );
});

it('nothing is known of silence where all values have the same time', () => {
  const detector = createDetector();
  for (let i = 0; i < 200; i++) detector.next(START, i % 7);
  expect(detector.silent(START + 1).score).toBe(0);
});
