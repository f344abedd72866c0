import type { CollectedHistogram } from '../../kinds/histogram/recording.ts';
import { MIN_SCHEMA, type NativeShape } from '../../kinds/native/layout.ts';
import { type BucketRange, type NativeCounts, trim } from '../../kinds/native/native-counts.ts';
import { addCounts, noCounts } from '../../kinds/native/native-sums.ts';
import { monotonic } from '../../platform/timers.ts';
import type { NativePoint } from './batch.ts';
import type { Reason } from './reasons.ts';
import { type SeriesBudget, SeriesTable } from './series-table.ts';

/** The finest resolution that a page may send: the one that OpenTelemetry begins with. */
const FINEST = 20;
/** The numbers of the buckets of resolution 0 go from -1074 to 1024. */
const FARTHEST = 1074;

interface Totals {
  readonly labels: Readonly<Record<string, string>>;
  counts: NativeCounts;
  count: number;
}

type Collected = CollectedHistogram & { readonly labels: Readonly<Record<string, string>> };

/**
 * Adds up the native buckets of pages, which OpenTelemetry calls exponential. Buckets of different resolutions are
 * brought to the coarser one, and to as few as the family may have.
 */
export class NativeFamily {
  readonly kind = 'native';
  readonly #shape: NativeShape;
  readonly #series: SeriesTable<Totals>;
  readonly #most: number;

  /**
   * @param expireAfter how many seconds a series stays that no page sends
   * @param most how much a point may add
   */
  constructor(
    shape: NativeShape,
    labelNames: readonly string[],
    budget: SeriesBudget,
    expireAfter: number,
    most: number,
  ) {
    this.#shape = shape;
    this.#most = most;
    // A family without labels has one series, which no list removes.
    const stay = labelNames.length > 0 ? expireAfter : Number.POSITIVE_INFINITY;
    this.#series = new SeriesTable(labelNames, budget, stay, (labels) => ({
      labels,
      counts: noCounts(shape, 0),
      count: 0,
    }));
  }

  add(point: NativePoint): Reason | undefined {
    const added = this.#countsOf(point);
    if (typeof added === 'string') return added;
    const { count } = point;
    const series = this.#series.find(point.labels);
    if (typeof series === 'string') return series;
    // Beyond that, counts would not be exact, and the collector would refuse them.
    if (!Number.isSafeInteger(series.count + count)) return 'value';
    const counts = addCounts(series.counts, added, this.#shape);
    if (!this.#shape.reduces && counts.schema < this.#shape.schema) return 'buckets';
    series.counts = counts;
    series.count += count;
    return undefined;
  }

  /** Returns what the collector asks for. What it does not name is removed there. */
  collect(): Collected[] {
    this.#series.forgetIdle(monotonic());
    return Array.from(this.#series.all(), ({ labels, counts }) => {
      const { schema, sum, zero: zeroCount, positive, negative } = counts;
      return { labels, sum, native: { schema, zeroCount, positive, negative } };
    });
  }

  /** Checks what a page says. */
  #countsOf(point: NativePoint): NativeCounts | Reason {
    const { schema, zeroThreshold, zeroCount, count, sum = Number.NaN } = point;
    if (!Number.isInteger(schema) || schema < MIN_SCHEMA || schema > FINEST) return 'buckets';
    // What is in a zero bucket that is wider has no place in the others.
    if (!(zeroThreshold >= 0 && zeroThreshold <= this.#shape.zeroThreshold)) return 'buckets';
    const positive = this.#rangeOf(point.positive, schema);
    const negative = this.#rangeOf(point.negative, schema);
    if (typeof positive === 'string') return positive;
    if (typeof negative === 'string') return negative;
    const zero = zeroCount + positive.near + negative.near;
    const together = zero + positive.total + negative.total;
    if (!isCount(zeroCount) || together !== count || !(count <= this.#most)) return 'value';
    // What counts as 0 may be a little below it.
    const least = negative.total > 0 ? -this.#most : -(zero + 1) * this.#shape.zeroThreshold;
    if (!(sum >= least && sum <= this.#most)) return 'value';
    const sides = { positive: positive.range, negative: negative.range };
    // Without buckets it has no resolution, and must not lower that of the family.
    const has = positive.range.counts.length + negative.range.counts.length > 0;
    return {
      schema: has ? schema : FINEST,
      sum,
      zero,
      ...sides,
      infinite: 0,
      minusInfinite: 0,
      classic: [],
    };
  }

  /**
   * Checks the buckets of one sign. What is so near to 0 that the family counts it there is taken out: one such value
   * would make all buckets wide.
   */
  #rangeOf(range: BucketRange, schema: number): Side | Reason {
    let total = 0;
    for (const count of range.counts) {
      if (!isCount(count)) return 'value';
      total += count;
    }
    const { offset, counts } = trim(range);
    const most = Math.ceil(FARTHEST * 2 ** schema);
    if (!Number.isInteger(offset) || offset < -most || offset + counts.length - 1 > most) {
      return 'buckets';
    }
    const { zeroThreshold } = this.#shape;
    const last = zeroThreshold > 0 ? Math.floor(Math.log2(zeroThreshold) * 2 ** schema) : -most;
    if (counts.length === 0 || offset > last) return { range: { offset, counts }, near: 0, total };
    const far = counts.slice(last + 1 - offset);
    const near = total - far.reduce((sum, count) => sum + count, 0);
    return { range: { offset: last + 1, counts: far }, near, total: total - near };
  }
}

interface Side {
  readonly range: BucketRange;
  /** How many observations the family counts as 0. */
  readonly near: number;
  readonly total: number;
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
