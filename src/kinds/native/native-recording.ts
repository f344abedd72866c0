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
import { addCounts, countsSince, noCounts } from './native-sums.ts';
import { nativeHistogram, nativeValue } from './native-value.ts';
import { nativeQuantiles } from './quantile.ts';

/** The code that pages load on demand. */
export const recording: NativeRecording = {
  observe,
  write,
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

function write(series: NativeSeries, total: NativeCounts): void {
  const { shape, classic } = series;
  const held = counts(series);
  const isAnew = !countsSince(total, held);
  if (isAnew) series.reset();
  // The resolution never rises again: Prometheus would take that for a reset.
  const { schema } = isAnew ? shape : held;
  const none = { ...noCounts(shape, classic?.count ?? 0), schema };
  const wanted = addCounts(total, none, shape);
  if (!isWithin(wanted, counts(series))) {
    const roomy = (one: BucketRange) => withSpare(one, true, shape.maxBuckets);
    const { positive, negative } = wanted;
    const block = { ...wanted, positive: roomy(positive), negative: roomy(negative) };
    series.owner.move(series, blockWith(block));
    return;
  }
  if (!series.numbers) load(series);
  const { cells, index } = series;
  // RACE: a reader may see some of these cells as before. Its count is the sum of the buckets all the same.
  cells[index + NATIVE_ZERO] = wanted.zero;
  cells[index + NATIVE_INFINITE] = wanted.infinite;
  cells[index + NATIVE_MINUS_INFINITE] = wanted.minusInfinite;
  put(wanted.positive, series.positive, series.positiveOffset);
  put(wanted.negative, series.negative, series.negativeOffset);
  cells.set(wanted.classic, index + NATIVE_HEAD);
  cells[index + NATIVE_SUM] = wanted.sum;
}

function put({ offset, counts }: BucketRange, to: Float64Array, first: number): void {
  for (let i = 0; i < counts.length; i++) to[offset + i - first] = counts[i]!;
}

/** Whether a block has buckets for all counts. */
function isWithin(counts: NativeCounts, block: NativeCounts): boolean {
  const has = (one: BucketRange, all: BucketRange) =>
    one.counts.length === 0 ||
    (one.offset >= all.offset && one.offset + one.counts.length <= all.offset + all.counts.length);
  return (
    counts.schema === block.schema &&
    has(counts.positive, block.positive) &&
    has(counts.negative, block.negative)
  );
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
