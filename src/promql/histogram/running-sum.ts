import { lostAfter } from './compensated.ts';
import { adjustedHint } from './counter-reset.ts';
import { mergedCustom } from './custom-bounds.ts';
import { CUSTOM_BOUNDS, type FloatHistogram } from './float-histogram.ts';
import { beyond, lowered, merged, type Side } from './side.ts';
import { type AroundZero, widened } from './zero-bucket.ts';

/** A sum of histograms, with what rounding has lost of each number so far. It never changes. */
export interface RunningSum extends FloatHistogram, AroundZero {
  readonly positive: Side;
  readonly negative: Side;
  readonly countLost: number;
  readonly sumLost: number;
}

/** What a sum is after a histogram was added, and what had to be settled for that. */
export interface Added {
  readonly sum: RunningSum;
  /** One histogram says that its counter was reset, and the other that it was not. */
  readonly collision: boolean;
  /** Custom bounds differed, so only those that both have were kept. */
  readonly reconciled: boolean;
}

export function sumOf(first: FloatHistogram): RunningSum {
  return { ...first, zeroLost: 0, countLost: 0, sumLost: 0 };
}

/**
 * Adds a histogram to a sum. The lower schema and the wider zero bucket count, and those custom bounds that
 * both have.
 * @param sign 1, or -1 to subtract
 * @returns `undefined` if only one of both has custom bounds
 */
export function added(sum: RunningSum, other: FloatHistogram, sign = 1): Added | undefined {
  const isCustom = sum.schema === CUSTOM_BOUNDS;
  if (isCustom !== (other.schema === CUSTOM_BOUNDS)) return undefined;
  const [counterReset, collision] = adjustedHint(sum.counterReset, other.counterReset);
  const [count, countLost] = plus(sum.count, sum.countLost, sign * other.count);
  const [total, sumLost] = plus(sum.sum, sum.sumLost, sign * other.sum);
  const buckets = isCustom ? custom(sum, other, sign) : exponential(sum, other, sign);
  return {
    sum: { ...sum, counterReset, count, countLost, sum: total, sumLost, ...buckets },
    collision,
    reconciled: isCustom && buckets.customBounds !== sum.customBounds,
  };
}

function plus(sum: number, lost: number, value: number): [total: number, lost: number] {
  const total = sum + value;
  return [total, lostAfter(sum, value, total, lost)];
}

function custom(sum: RunningSum, other: FloatHistogram, sign: number): Partial<RunningSum> {
  const bounds = sum.customBounds ?? [];
  const theirs = other.customBounds ?? [];
  const [positive, customBounds] = mergedCustom(
    [sum.positive, bounds],
    [other.positive, theirs],
    sign,
  );
  return { positive, customBounds: customBounds === bounds ? sum.customBounds : customBounds };
}

function exponential(sum: RunningSum, other: FloatHistogram, sign: number): Partial<RunningSum> {
  const [own, theirs] = withSameZero(sum, { ...other, zeroLost: 0 });
  const { zeroThreshold } = own;
  const [zeroCount, zeroLost] = plus(own.zeroCount, own.zeroLost, sign * theirs);
  const schema = Math.min(sum.schema, other.schema);
  const both = (one: Side, two: Side) =>
    merged(
      lowered(one, sum.schema - schema),
      lowered(two, other.schema - schema),
      sign,
      schema,
      zeroThreshold,
    );
  return {
    schema,
    zeroThreshold,
    zeroCount,
    zeroLost,
    positive: both(own.positive, other.positive),
    negative: both(own.negative, other.negative),
  };
}

/** Widens both zero buckets until they are the same. Returns a histogram so, and the zero count of the other. */
function withSameZero(one: AroundZero, other: AroundZero): [AroundZero, theirCount: number] {
  let own = one;
  let theirs: Pick<AroundZero, 'zeroThreshold' | 'zeroCount'> = other;
  while (own.zeroThreshold !== theirs.zeroThreshold) {
    if (own.zeroThreshold > theirs.zeroThreshold) theirs = widened(other, own.zeroThreshold);
    if (theirs.zeroThreshold > own.zeroThreshold) {
      const zero = widened(own, theirs.zeroThreshold);
      const outer = (side: Side) => beyond(side, own.schema, zero.zeroThreshold);
      own = { ...own, ...zero, positive: outer(own.positive), negative: outer(own.negative) };
    }
  }
  return [own, theirs.zeroCount];
}

/** Multiplies or divides all numbers. */
export function scaledSum(sum: RunningSum, scale: (value: number) => number): RunningSum {
  const scaled = ({ indices, counts, lost }: Side): Side => {
    return { indices, counts: counts.map(scale), lost: lost?.map(scale) };
  };
  return {
    ...sum,
    zeroCount: scale(sum.zeroCount),
    zeroLost: scale(sum.zeroLost),
    count: scale(sum.count),
    countLost: scale(sum.countLost),
    sum: scale(sum.sum),
    sumLost: scale(sum.sumLost),
    positive: scaled(sum.positive),
    negative: scaled(sum.negative),
  };
}

/** @param settled whether what was lost is added. Empty buckets are kept. */
export function histogramOf(sum: RunningSum, settled: boolean): FloatHistogram {
  const side = ({ indices, counts, lost }: Side) => {
    const whole = settled && lost ? counts.map((count, i) => count + lost[i]!) : counts;
    return { indices, counts: whole };
  };
  const whole = (value: number, lost: number) => (settled ? value + lost : value);
  return {
    schema: sum.schema,
    zeroThreshold: sum.zeroThreshold,
    zeroCount: whole(sum.zeroCount, sum.zeroLost),
    count: whole(sum.count, sum.countLost),
    sum: whole(sum.sum, sum.sumLost),
    positive: side(sum.positive),
    negative: side(sum.negative),
    customBounds: sum.customBounds,
    counterReset: sum.counterReset,
  };
}
