/** The expected values are those of Prometheus' own tests (promql/promqltest/testdata/native_histograms.test). */
import { describe, expect, it } from 'vitest';
import { nativeQuantile } from '../../../src/kinds/native/quantile.ts';
import type { NativeHistogram } from '../../../src/model.ts';

const NONE = { offset: 0, counts: [] };

function histogram(
  given: Partial<Omit<NativeHistogram, 'positive' | 'negative'>> & {
    readonly buckets?: readonly number[];
    readonly negativeBuckets?: readonly number[];
  },
): NativeHistogram {
  const { buckets = [], negativeBuckets = [], ...rest } = given;
  return {
    schema: 0,
    zeroThreshold: 0.001,
    zeroCount: 0,
    positive: buckets.length > 0 ? { offset: 0, counts: buckets } : NONE,
    negative: negativeBuckets.length > 0 ? { offset: 0, counts: negativeBuckets } : NONE,
    ...rest,
  };
}

const COUNTS = [2, 3, 0, 1, 4];
const ABOVE = histogram({ zeroCount: 2, buckets: COUNTS });
const BELOW = histogram({ zeroCount: 2, negativeBuckets: COUNTS });
const BOTH = histogram({ zeroCount: 4, buckets: COUNTS, negativeBuckets: COUNTS });

describe('a quantile of native buckets', () => {
  it.each([
    [ABOVE, 1.001, Infinity],
    [ABOVE, 1, 16],
    [ABOVE, 0.1, 0.0006],
    [ABOVE, 0, 0],
    [ABOVE, -1, -Infinity],
    [BELOW, 1.001, Infinity],
    [BELOW, 1, 0],
    [BELOW, 0.99, -0.00006],
    [BELOW, 0.9, -0.0006],
    [BELOW, 0.5, -1.5874010519681996],
    [BELOW, 0.1, -12.996038341699768],
    [BELOW, 0, -16],
    [BELOW, -1, -Infinity],
    [BOTH, 0.55, 0.0006],
    [BOTH, 0.5, 0],
    [BOTH, 0.45, -0.0006],
    [histogram({ buckets: [1, 2, 1] }), 0.5, Math.SQRT2],
    [ABOVE, 0.6320802083934297, 6],
    [BELOW, 0.36791979160657035, -6],
    [BOTH, 0.5416666666666666, 0.0005],
    [BOTH, 0.4583333333333333, -0.0005],
  ])('of %o at %d is %d', (of, q, value) => {
    if (Number.isFinite(value)) expect(nativeQuantile(q, of)).toBeCloseTo(value, 12);
    else expect(nativeQuantile(q, of)).toBe(value);
  });

  it('is NaN without observations, and for what is no quantile', () => {
    expect(nativeQuantile(0.5, histogram({}))).toBeNaN();
    expect(nativeQuantile(Number.NaN, ABOVE)).toBeNaN();
  });

  it('is finite if all values are, even the greatest', () => {
    const greatest = { offset: 1024, counts: [1] };
    const lies = nativeQuantile(0.99, histogram({ positive: greatest } as object));
    expect(lies).toBeGreaterThan(2 ** 1023);
    expect(lies).toBeLessThanOrEqual(Number.MAX_VALUE);
  });

  it('takes no notice of buckets that are empty', () => {
    const empty = { offset: 0, counts: [0, 0] };
    const ofBoth = { ...ABOVE, negative: empty };
    expect(nativeQuantile(0.1, ofBoth)).toBe(nativeQuantile(0.1, ABOVE));
  });

  it('is infinite where infinite values are', () => {
    const infinite = { offset: 0, counts: [1], infinite: 3 };
    expect(nativeQuantile(0.9, { ...ABOVE, zeroCount: 0, positive: infinite })).toBe(Infinity);
    expect(nativeQuantile(0.1, { ...ABOVE, zeroCount: 0, negative: infinite })).toBe(-Infinity);
  });
});
