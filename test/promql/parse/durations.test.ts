import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Duration, MatrixSelector, VectorSelector } from '../../../src/promql/ast.ts';
import {
  durationOf,
  printedDuration,
  resolvedDuration,
} from '../../../src/promql/parse/durations.ts';
import { parse } from '../../../src/promql/parse/parse.ts';

/** A query of ten minutes, every 15 seconds. */
const TIMES = { start: 1_000_000, end: 1_600_000, step: 15_000 };

const rangeOf = (text: string): Duration => (parse(`up[${text}]`) as MatrixSelector).range;
const offsetOf = (text: string): Duration => (parse(`up offset ${text}`) as VectorSelector).offset;

describe('a duration', () => {
  it.each([
    ['5m', 300_000],
    ['90', 90_000],
    ['5m + 30', 330_000],
    ['1h / 4 * 2', 1_800_000],
    ['1h % 7m', 240_000],
    ['2 ^ 3 ^ 2', 512_000],
    ['-2 ^ 2 + 10', 6000],
    ['10 - -(2 ^ 2)', 14_000],
    ['step()', 15_000],
    ['range()', 600_000],
    ['range() / step()', 40_000],
    ['min_of(step(), 5s) + max_of(1m, range())', 605_000],
    ['+step()', 15_000],
    ['4.0189 + 0', 4018],
  ])('of %s is %d milliseconds', (text, ms) => {
    expect(resolvedDuration(rangeOf(text), TIMES)).toBe(ms);
  });

  it.each([
    ['-5m', -300_000],
    ['(5m - 10m)', -300_000],
    ['-step()', -15_000],
    ['-(2 * step())', -30_000],
    ['0', 0],
    ['(step() - step())', 0],
    ['-(0.0019)', -1],
  ])('may be negative as an offset: %s', (text, ms) => {
    expect(resolvedDuration(offsetOf(text), TIMES, true)).toBe(ms + 0);
  });

  it.each([
    ['5m - 10m', 'duration must be greater than 0'],
    ['step() - 15s', 'duration must be greater than 0'],
    ['5m / (step() - 15)', 'division by zero'],
    ['5m % (step() - 15)', 'modulo by zero'],
    ['(-1) ^ 0.5', 'duration is NaN or infinite'],
    ['10 ^ 999', 'duration is NaN or infinite'],
    ['9e9 * 2', 'duration is out of range'],
  ])('of %s is refused when the query runs', (text, message) => {
    const range = rangeOf(text);
    expect(() => resolvedDuration(range, TIMES)).toThrow(
      expect.objectContaining({ kind: 'type', message, span: expect.anything() }),
    );
  });

  it('has no step in an instant query', () => {
    const instant = { start: 5000, end: 5000, step: 0 };
    expect(() => resolvedDuration(rangeOf('step()'), instant)).toThrow('must be greater than 0');
    expect(resolvedDuration(rangeOf('step() + range() + 1m'), instant)).toBe(60_000);
  });

  it.each([
    [0, '0s'],
    [1, '1ms'],
    [90_061_001, '1d1h1m1s1ms'],
    [12 * 7 * 86_400_000, '12w'],
    [90 * 86_400_000, '90d'],
    [365 * 86_400_000, '1y'],
    [-5 * 60_000, '-5m'],
  ])('of %d ms is printed as %s', (ms, text) => {
    expect(printedDuration(ms)).toBe(text);
  });

  it('that is printed is the same when it is read', () => {
    const milliseconds = fc.oneof(fc.nat(), fc.integer({ min: 0, max: 9e15 / 1000 }));
    fc.assert(
      fc.property(milliseconds, (ms) => {
        expect(durationOf(printedDuration(ms))).toBe(ms / 1000);
      }),
    );
  });
});
