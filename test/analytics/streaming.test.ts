/** The streaming statistics beside exact ones, with the bounds that they keep. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviationOf, LEVEL_SIZE, meanOf, spreadOf } from '../../src/analytics/level.ts';
import { deviationAt, surprise, TAIL_SIZE } from '../../src/analytics/tail.ts';
import { UNUSUAL } from '../../src/analytics/unusual.ts';
import { MOST_WARM_UP, WARM_UP } from '../../src/analytics/warm-up.ts';
import { randomOf } from './random.ts';

type Random = ReturnType<typeof randomOf>;
const NOISES: Readonly<Record<string, (random: Random) => number>> = {
  Gaussian: ({ gaussian }) => gaussian(),
  exponential: ({ uniform }) => -Math.log(1 - uniform()),
  lognormal: ({ gaussian }) => Math.exp(0.5 * gaussian()),
  uniform: ({ uniform }) => uniform(),
};
const noises = Object.entries(NOISES);
const seeds = fc.integer({ min: 1, max: 1e6 });
const scales = fc.double({ min: -100, max: 100, noNaN: true }).map((power) => 10 ** power);
const sample = (noise: (random: Random) => number, seed: number, count: number) => {
  const random = randomOf(seed);
  return Float64Array.from({ length: count }, () => noise(random));
};
const mean = (values: Float64Array) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the level', () => {
  it.each(noises)(
    'of %s noise is near its mean and its mean deviation, at any scale',
    (_, noise) => {
      fc.assert(
        fc.property(seeds, scales, (seed, scale) => {
          const values = sample(noise, seed, 2000);
          const state = new Float64Array(LEVEL_SIZE);
          for (const value of values) deviationOf(state, 0, value * scale);
          const exact = mean(values);
          const spread = mean(values.map((value) => Math.abs(value - exact)));
          // A heavy tail counts less, which takes the mean towards the median.
          expect(Math.abs(meanOf(state, 0) / scale - exact)).toBeLessThan(0.25 * spread);
          expect(spreadOf(state, 0) / scale / spread).toBeGreaterThan(0.8);
          expect(spreadOf(state, 0) / scale / spread).toBeLessThan(1.2);
        }),
        { numRuns: 20, seed: 1 },
      );
    },
  );

  it('is moved by no outlier by more than three spreads divided by the number of values', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 1e3, max: 1e300, noNaN: true }), (seed, outlier) => {
        const state = new Float64Array(LEVEL_SIZE);
        for (const value of sample(NOISES.Gaussian!, seed, 1000)) deviationOf(state, 0, value);
        const [before, spread] = [meanOf(state, 0), spreadOf(state, 0)];
        expect(deviationOf(state, 0, outlier)).toBeGreaterThan(100);
        expect(Math.abs(meanOf(state, 0) - before)).toBeLessThanOrEqual((3.001 * spread) / 1000);
        expect(spreadOf(state, 0)).toBeLessThanOrEqual(spread * 1.005);
      }),
      { numRuns: 50, seed: 1 },
    );
  });
});

/** Where the tail is in a state that has nothing else. */
const TAIL = UNUSUAL + 1;

function stateWithTail(): Float64Array {
  const state = new Float64Array(TAIL + TAIL_SIZE);
  state[WARM_UP] = MOST_WARM_UP;
  return state;
}

describe('the tail', () => {
  it.each(noises)('of %s noise has the probabilities of the sample', (_, noise) => {
    fc.assert(
      fc.property(seeds, scales, (seed, scale) => {
        const values = sample(noise, seed, 12_000).map(Math.abs);
        const state = stateWithTail();
        let rare = 0;
        let rarer = 0;
        values.forEach((value, i) => {
          const decades = surprise(state, TAIL, value * scale);
          if (i < 2000) return;
          if (decades >= Math.log10(20)) rare++;
          if (decades >= 3) rarer++;
        });
        // One in 20 is beyond the limit.
        expect(rare / 10_000).toBeGreaterThan(0.035);
        expect(rare / 10_000).toBeLessThan(0.065);
        // What is called one in 1,000 comes in at most three.
        expect(rarer / 10_000).toBeLessThan(0.003);
        const sorted = values.slice(2000).sort();
        const exact = sorted[Math.floor(0.99 * sorted.length)]!;
        expect(deviationAt(state, TAIL, 2) / scale / exact).toBeGreaterThan(0.7);
        expect(deviationAt(state, TAIL, 2) / scale / exact).toBeLessThan(1.5);
      }),
      { numRuns: 10, seed: 1 },
    );
  });

  it('knows how often there was anything but 0', () => {
    const state = stateWithTail();
    for (let i = 0; i < 999; i++) surprise(state, TAIL, 0);
    expect(surprise(state, TAIL, 1)).toBeCloseTo(Math.log10(999), 5);
    expect(surprise(state, TAIL, 1)).toBeCloseTo(Math.log10(500), 1);
  });

  it('is never negative, NaN or more than 50 decades', () => {
    const deviation = fc.oneof(
      fc.double({ min: 0, max: 1e300, noNaN: true }),
      fc.constantFrom(0, 5e-324, 1e-300, 1e300),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(deviation, fc.integer({ min: 1, max: 80 }))), (runs) => {
        const state = stateWithTail();
        for (const [one, times] of runs) {
          for (let i = 0; i < times; i++) {
            const decades = surprise(state, TAIL, one);
            if (!(decades >= 0 && decades <= 50)) expect.fail(`${one} gave ${decades}`);
          }
        }
      }),
    );
  });
});
