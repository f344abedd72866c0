import { describe, expect, it } from 'vitest';
import { bench, type Summary } from './modules.ts';

const { ratio, spread, summarise } = await bench<{
  ratio(numerators: number[], denominators: number[]): Summary;
  spread(summary: Summary): number;
  summarise(values: number[]): Summary;
}>('harness/statistics.mjs');

describe('summarise', () => {
  it('takes median and quartiles, between two values where need be', () => {
    expect(summarise([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1.75, high: 3.25, rounds: 4 });
    expect(summarise([7])).toEqual({ median: 7, low: 7, high: 7, rounds: 1 });
  });

  it('sorts numbers, not text, and leaves the values as they were', () => {
    const values = [10, 9, 100];
    expect(summarise(values).median).toBe(10);
    expect(values).toEqual([10, 9, 100]);
  });
});

it('ratio compares round by round, so that what slowed down both cancels', () => {
  expect(ratio([2, 20, 200], [1, 10, 100])).toMatchObject({ median: 2, low: 2, high: 2 });
});

it('spread is half the distance between the quartiles, in percent', () => {
  expect(spread(summarise([90, 90, 100, 110, 110]))).toBe(10);
  expect(spread(summarise([-90, -90, -100, -110, -110]))).toBe(10);
  expect(spread(summarise([0, 0]))).toBe(0);
});
