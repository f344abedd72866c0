import { UsualDistribution } from '../../analytics/distribution-distance.ts';
import { type MetricFamily, MetricType } from '../../model.ts';
import { quantile } from '../../promql/histogram/quantile.ts';
import { BucketWindow, cellsOf, unnoted } from './bucket-window.ts';
import { CounterRate } from './counter-rate.ts';
import { familyHistogram, mayBeNegative } from './family-histograms.ts';

/**
 * Reads what is watched of a series with each run. A value is NaN if there is none this time.
 * @param item the number of the series in the family
 * @param seconds since the run before; `undefined` if that does not count
 */
export type Meter = (family: MetricFamily, item: number, seconds: number | undefined) => void;

/** What is watched of each series of a family. */
export interface Metering {
  /** The names of what is watched of a series; empty if that is the series itself. */
  readonly statistics: readonly string[];
  /** What is read, one number for each statistic. The same for all series: it is used at once. */
  readonly values: Float64Array;
  /** No value of a statistic can be smaller, of the series that was read last. */
  readonly least: Float64Array;
  /** Makes the meter of a series. */
  open(): Meter;
}

/**
 * Says what is watched of the series of a family.
 * @returns `undefined` if there is nothing: its values do not change, or are no numbers
 */
export function meteringOf(
  family: MetricFamily,
  quantiles: readonly number[],
): Metering | undefined {
  switch (family.data) {
    case 'number':
      if (family.type === MetricType.Info) return undefined;
      return family.type === MetricType.Counter ? rates() : numbers();
    case 'buckets':
      return distributions(quantiles);
    case 'quantiles':
      return summaries(family, quantiles);
    default:
      return undefined;
  }
}

function numbers(): Metering {
  const values = new Float64Array(1);
  const read: Meter = (family, item) => {
    values[0] = family.values[item]!;
  };
  return { statistics: [''], values, least: Float64Array.of(-Infinity), open: () => read };
}

function rates(): Metering {
  const values = new Float64Array(1);
  return {
    ...{ statistics: ['rate'], values, least: new Float64Array(1) },
    open() {
      const rate = new CounterRate();
      return (family, item, seconds) => {
        values[0] = rate.next(family.values[item]!, seconds);
      };
    },
  };
}

function distributions(quantiles: readonly number[]): Metering {
  const statistics = [...quantiles.map(quantileName), 'distribution'];
  const values = new Float64Array(statistics.length);
  const least = new Float64Array(statistics.length);
  return {
    ...{ statistics, values, least },
    open() {
      const gathered = new BucketWindow();
      const usual = new UsualDistribution();
      return (family, item, seconds) => {
        values.fill(Number.NaN);
        if (family.data !== 'buckets') return;
        const all = familyHistogram(family, item);
        // The distance is never below 0, and a quantile is not if nothing below 0 was observed.
        least.fill(mayBeNegative(all) ? -Infinity : 0, 0, quantiles.length);
        const seen = gathered.next(all, seconds !== undefined);
        if (!seen) return;
        quantiles.forEach((q, i) => {
          values[i] = quantile(q, seen, unnoted);
        });
        values[quantiles.length] = usual.next(cellsOf(seen)) ?? Number.NaN;
      };
    },
  };
}

/** A summary has the quantiles that it was made with. */
function summaries(
  family: MetricFamily & { data: 'quantiles' },
  quantiles: readonly number[],
): Metering | undefined {
  const chosen = quantiles.filter((q) => family.quantiles.includes(q));
  const watched = chosen.length > 0 ? chosen : family.quantiles;
  if (watched.length === 0) return undefined;
  const values = new Float64Array(watched.length);
  const read: Meter = (now, item) => {
    if (now.data !== 'quantiles') return;
    const start = item * (now.quantiles.length + 2) + 2;
    watched.forEach((q, i) => {
      values[i] = now.values[start + now.quantiles.indexOf(q)] ?? Number.NaN;
    });
  };
  const least = new Float64Array(watched.length).fill(-Infinity);
  return { statistics: watched.map(quantileName), values, least, open: () => read };
}

/** Returns `p99` for 0.99. */
const quantileName = (q: number) => `p${Number((100 * q).toPrecision(12))}`;
