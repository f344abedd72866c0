import { isListOf, type NativeBuckets } from '../../model.ts';
import type { CollectedKind } from '../collected-kind.ts';
import { BoundNative } from '../native/bound-native.ts';
import { isSchema } from '../native/bucket-numbers.ts';
import type { NativeShape } from '../native/layout.ts';
import { type BucketRange, type NativeCounts, NO_BUCKETS, trim } from '../native/native-counts.ts';
import { addCounts, noCounts } from '../native/native-sums.ts';
import { nativeRecording } from '../native/recording-code.ts';
import { collectedHistogram } from './collected.ts';
import { HISTOGRAM_COUNTS, type HistogramShape } from './shape.ts';

/** The numbers of the buckets of schema 0 go from -1074 to 1024. */
const FARTHEST = 1074;

/** What the source has counted, in buckets that the metric can have. */
export const collectedNative: CollectedKind<NativeCounts> = {
  series: BoundNative,
  type: 'histogram',
  demand:
    '{ native: { schema, zeroCount, positive: { offset, counts }, negative }, sum, labels } for each series, with buckets if the metric has any, and a zeroThreshold that is not above that of the metric',
  read(definition, given) {
    const shape = definition.shape as HistogramShape;
    const { native, sum } = given;
    if (!shape.native || typeof sum !== 'number') return undefined;
    const counts = countsOf(native, sum, shape.native);
    const isClassic = shape.buckets.length > 0;
    const cells = isClassic ? collectedHistogram.read(definition, given) : [];
    if (!counts || !cells) return undefined;
    const classic = cells.slice(HISTOGRAM_COUNTS);
    return fitting({ ...counts, classic }, shape.native);
  },
  together: (one, other, { shape }) => addCounts(one, other, (shape as HistogramShape).native!),
  write: (series: BoundNative, counts) => nativeRecording.write?.(series, counts),
};

function countsOf(given: unknown, sum: number, shape: NativeShape): NativeCounts | undefined {
  const { schema, zeroThreshold = 0, zeroCount = 0, positive, negative } = fieldsOf(given);
  if (!isSchema(schema) || !isCount(zeroCount)) return undefined;
  const above = rangeOf(positive, schema);
  const below = rangeOf(negative, schema);
  if (!above || !below) return undefined;
  // What is in a zero bucket that is wider has no place in the others.
  if (!((zeroThreshold as number) <= shape.zeroThreshold)) return undefined;
  const { infinite = 0 } = fieldsOf(positive);
  const { infinite: minusInfinite = 0 } = fieldsOf(negative);
  if (!isCount(infinite) || !isCount(minusInfinite)) return undefined;
  const sides = { positive: above, negative: below };
  return { schema, sum, zero: zeroCount, ...sides, infinite, minusInfinite, classic: [] };
}

/** Returns the counts at a resolution that the metric can have; `undefined` if it must not be lowered so far. */
function fitting(counts: NativeCounts, shape: NativeShape): NativeCounts | undefined {
  const fitted = addCounts(counts, noCounts(shape, counts.classic.length), shape);
  return shape.reduces || fitted.schema === shape.schema ? fitted : undefined;
}

/** Reads buckets; `undefined` if they are not sound, or no number has them. */
function rangeOf(given: unknown, schema: number): BucketRange | undefined {
  if (given === undefined) return NO_BUCKETS;
  const { offset = 0, counts = [] } = fieldsOf(given) as Partial<NativeBuckets>;
  const list: unknown = ArrayBuffer.isView(counts) ? Array.from(counts as Float64Array) : counts;
  if (!Number.isInteger(offset) || !isListOf(isCount, list)) return undefined;
  const range = trim({ offset, counts: list as number[] });
  const last = range.offset + range.counts.length - 1;
  const most = Math.ceil(FARTHEST * 2 ** schema);
  return range.offset >= -most && last <= most ? range : undefined;
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

const fieldsOf = (given: unknown) => (given ?? {}) as Readonly<Record<string, unknown>>;
