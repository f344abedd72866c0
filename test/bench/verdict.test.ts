import { describe, expect, it } from 'vitest';
import { bench, type Summary } from './modules.ts';

type Limit = (title: string, found: Summary, limit: number, unit: string) => { verdict: string };
const { atLeast, atMost, TOO_WIDE, winner } = await bench<{
  atLeast: Limit;
  atMost: Limit;
  TOO_WIDE: string;
  winner(a: string, b: string, ratio: Summary): string;
}>('harness/verdict.mjs');
const { describeChange, NO_DIFFERENCE } = await bench<{
  describeChange(
    ratio: Summary,
    words: { less: string; more: string },
    launches?: number[],
  ): string;
  NO_DIFFERENCE: string;
}>('harness/change.mjs');
const { describeQuiet } = await bench<{ describeQuiet(share: number): string }>(
  'harness/quiet-share.mjs',
);

const between = (low: number, high: number): Summary => ({
  low,
  median: (low + high) / 2,
  high,
  rounds: 9,
});

describe('a goal', () => {
  it.each([
    [between(1, 2), 'pass'],
    [between(2.1, 3), 'short'],
    [between(1, 3), TOO_WIDE],
  ])('of at most 2 with %o: %s', (found, verdict) => {
    expect(atMost('', found, 2, 'x').verdict).toBe(verdict);
  });

  it.each([
    [between(3, 5), 'pass'],
    [between(2, 2.9), 'short'],
    [between(2, 4), TOO_WIDE],
  ])('of at least 3 with %o: %s', (found, verdict) => {
    expect(atLeast('', found, 3, 'x').verdict).toBe(verdict);
  });
});

it('names a winner only when both quartiles say so', () => {
  expect(winner('a', 'b', between(1.1, 2))).toBe('a');
  expect(winner('a', 'b', between(0.5, 0.9))).toBe('b');
  expect(winner('a', 'b', between(0.9, 1.1))).toBe(TOO_WIDE);
});

describe('a change', () => {
  const words = { less: 'faster', more: 'slower' };

  it.each([
    [between(0.8, 0.9), 'faster'],
    [between(1.2, 1.3), 'slower'],
    [between(0.97, 1.02), NO_DIFFERENCE],
    [between(1.01, 1.05), NO_DIFFERENCE],
    [between(0.8, 1.2), TOO_WIDE],
    [between(1.02, 1.5), TOO_WIDE],
    [between(Number.NaN, Number.NaN), TOO_WIDE],
  ])('of %o: %s', (ratio, verdict) => {
    expect(describeChange(ratio, words)).toBe(verdict);
  });

  it('is none unless all launches agree', () => {
    const ratio = between(0.8, 0.9);
    expect(describeChange(ratio, words, [0.8, 0.85, 0.9])).toBe('faster');
    expect(describeChange(ratio, words, [0.8, 0.85, 1.1])).toBe(TOO_WIDE);
  });
});

it('a machine is called busy when few slices were undisturbed', () => {
  expect(describeQuiet(0.95)).toBe('95 % of the slices found the core quiet.');
  expect(describeQuiet(0.4)).toMatch(/^The machine was busy: only 40 %/);
});
