import { bucketNumbers } from './bucket-numbers.ts';
import type { NativeRecording, NativeSeries } from './contract.ts';
import {
  NATIVE_HEAD,
  NATIVE_INFINITE,
  NATIVE_MINUS_INFINITE,
  NATIVE_NEGATIVE,
  NATIVE_POSITIVE,
  NATIVE_SUM,
  NATIVE_ZERO,
} from './layout.ts';
import { type BucketRange, blockWith, countsIn, type NativeCounts, trim } from './native-counts.ts';
import { addCounts, noCounts } from './native-sums.ts';
import { nativeHistogram, nativeValue } from './native-value.ts';
import { nativeQuantiles } from './quantile.ts';

/** The code that pages load on demand. */
export const recording: NativeRecording = {
  observe,
  load,
  forget() {},
  counts,
  value: nativeValue,
  quantiles: (held, shape, quantiles) => nativeQuantiles(quantiles, nativeHistogram(held, shape)),
};

function observe(series: NativeSeries, value: number): boolean {
  const { cells, index, classic, numbers, zeroThreshold } = series;
  const magnitude = Math.abs(value);
  // RACE: as in `BoundNative`.
  if (magnitude <= zeroThreshold) cells[index + NATIVE_ZERO]! += 1;
  else if (magnitude === Infinity) {
    cells[index + (value > 0 ? NATIVE_INFINITE : NATIVE_MINUS_INFINITE)]! += 1;
  } else {
    const counts = value > 0 ? series.positive : series.negative;
    const offset = value > 0 ? series.positiveOffset : series.negativeOffset;
    // The code may have come after the cells.
    const at = numbers === undefined ? -1 : numbers.find(magnitude) - offset;
    if (at < 0 || at >= counts.length) return makeRoom(series, value);
    counts[at]! += 1;
  }
  if (classic) cells[index + NATIVE_HEAD + classic.find(value)]! += 1;
  cells[index + NATIVE_SUM]! += value;
  return true;
}

function counts({ cells, index, shape, classic }: NativeSeries): NativeCounts {
  return countsIn(cells, index, shape, classic?.count ?? 0);
}

function load(series: NativeSeries): void {
  const { cells, index, classic } = series;
  series.numbers = bucketNumbers(counts(series).schema);
  const positive = index + NATIVE_HEAD + (classic?.count ?? 0);
  const negative = positive + cells[index + NATIVE_POSITIVE + 1]!;
  series.positive = cells.subarray(positive, negative);
  series.negative = cells.subarray(negative, negative + cells[index + NATIVE_NEGATIVE + 1]!);
  // To V8 a number from a Float64Array is a double, even if it is whole.
  series.positiveOffset = cells[index + NATIVE_POSITIVE]! | 0;
  series.negativeOffset = cells[index + NATIVE_NEGATIVE]! | 0;
}

/**
 * Moves to a block that has a bucket for the value, which may be a wider one than before, and counts it. Returns
 * whether there is such a block.
 */
function makeRoom(series: NativeSeries, value: number): boolean {
  // The code may have come after the cells.
  if (!series.numbers) load(series);
  const held = counts(series);
  const side = value > 0 ? 'positive' : 'negative';
  const bucket = series.numbers!.find(Math.abs(value));
  const { shape, classic } = series;
  const none = noCounts(shape, classic?.count ?? 0);
  const place = classic?.find(value);
  const one: NativeCounts = {
    ...none,
    schema: held.schema,
    sum: value,
    [side]: { offset: bucket, counts: [1] },
    classic: none.classic.map((_, i) => (i === place ? 1 : 0)),
  };
  const fitting = addCounts(held, one, shape);
  if (fitting.schema < held.schema && !shape.reduces) {
    series.refuse('observe', value, `there are ${shape.maxBuckets} buckets at most`);
    return false;
  }
  const isAbove = bucket >= trim(held[side]).offset;
  const spacious = (one: BucketRange) => withSpare(one, isAbove, shape.maxBuckets);
  const roomy = { positive: spacious(fitting.positive), negative: spacious(fitting.negative) };
  series.owner.move(series, blockWith({ ...fitting, ...roomy }));
  return true;
}

/**
 * Adds buckets that may be needed next, so that a block is seldom moved. There are few sizes, so that blocks
 * that come back find another use.
 */
function withSpare(range: BucketRange, isAbove: boolean, most: number): BucketRange {
  const { offset, counts } = range;
  if (counts.length === 0) return range;
  let size = 8;
  while (size < counts.length) size *= 2;
  const spare = new Array<number>(Math.max(0, Math.min(size, most) - counts.length)).fill(0);
  return isAbove
    ? { offset, counts: [...counts, ...spare] }
    : { offset: offset - spare.length, counts: [...spare, ...counts] };
}
