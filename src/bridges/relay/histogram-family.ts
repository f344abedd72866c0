import { monotonic } from '../../platform/timers.ts';
import type { HistogramPoint } from './batch.ts';
import type { Reason } from './reasons.ts';
import { type SeriesBudget, SeriesTable } from './series-table.ts';

interface Totals {
  readonly labels: Readonly<Record<string, string>>;
  /** How many observations are in each bucket. */
  readonly counts: Float64Array;
  count: number;
  sum: number;
}

interface Collected {
  readonly labels: Readonly<Record<string, string>>;
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  readonly sum: number;
}

/** Adds up the buckets of pages. The collector asks for the totals before it reads them. */
export class HistogramFamily {
  readonly kind = 'histogram';
  readonly #bounds: readonly number[];
  readonly #series: SeriesTable<Totals>;
  readonly #most: number;
  /** Whether a sum can only grow. If observations may be negative, pages send none, and it is not known. */
  readonly #hasSum: boolean;

  /**
   * @param bounds upper bounds, without `Infinity`
   * @param expireAfter how many seconds a series stays that no page sends
   * @param most how much a point may add
   */
  constructor(
    bounds: readonly number[],
    labelNames: readonly string[],
    budget: SeriesBudget,
    expireAfter: number,
    most: number,
  ) {
    this.#bounds = bounds;
    this.#most = most;
    this.#hasSum = !(bounds[0]! < 0);
    // A family without labels has one series, which no list removes.
    const stay = labelNames.length > 0 ? expireAfter : Number.POSITIVE_INFINITY;
    this.#series = new SeriesTable(labelNames, budget, stay, (labels) => ({
      labels,
      counts: new Float64Array(bounds.length + 1),
      count: 0,
      sum: this.#hasSum ? 0 : Number.NaN,
    }));
  }

  add({ labels, count, sum = Number.NaN, bounds, counts }: HistogramPoint): Reason | undefined {
    if (!this.#hasBounds(bounds) || counts.length !== bounds.length + 1) return 'buckets';
    let together = 0;
    for (const one of counts) {
      if (!Number.isSafeInteger(one) || one < 0) return 'value';
      together += one;
    }
    if (together !== count || !(count <= this.#most)) return 'value';
    if (this.#hasSum && !(sum >= 0 && sum <= this.#most)) return 'value';
    const series = this.#series.find(labels);
    if (typeof series === 'string') return series;
    // Beyond that, counts would not be exact, and the collector would refuse them.
    if (!Number.isSafeInteger(series.count + count)) return 'value';
    for (let i = 0; i < counts.length; i++) series.counts[i]! += counts[i]!;
    series.count += count;
    if (this.#hasSum) series.sum += sum;
    return undefined;
  }

  /** Returns what the collector asks for. What it does not name is removed there. */
  collect(): Collected[] {
    this.#series.forgetIdle(monotonic());
    return Array.from(this.#series.all(), ({ labels, counts, sum }) => {
      let count = 0;
      const buckets = Array.from(counts, (one, i) => {
        count += one;
        return { le: this.#bounds[i] ?? Infinity, count };
      });
      return { labels, buckets, sum };
    });
  }

  #hasBounds(bounds: readonly number[]): boolean {
    if (bounds.length !== this.#bounds.length) return false;
    for (let i = 0; i < bounds.length; i++) if (bounds[i] !== this.#bounds[i]) return false;
    return true;
  }
}
