/** Says which series a snapshot stands for in remote write, straight from the definitions. */
import { canonicalNumber } from '../../src/formats/canonical-number.ts';
import type { Labels, MetricFamily, NativeBuckets, Snapshot } from '../../src/model.ts';

export interface ExpectedSeries {
  readonly labels: Labels;
  /** The bits of the value, if it is a number. */
  readonly value?: bigint;
  readonly histogram?: Readonly<Record<string, unknown>>;
  /** Since when it counts, in milliseconds. */
  readonly start: number;
  readonly metadata: { readonly type: number; readonly help: string; readonly unit: string };
}

/** The values and the histograms that say that a series has ended. */
export const STALE = 0x7ff0_0000_0000_0002n;

export function bitsOf(value: number): bigint {
  if (Number.isNaN(value)) return 0x7ff8_0000_0000_0001n;
  return new BigUint64Array(Float64Array.of(value).buffer)[0];
}

/** Returns a text for labels, which the order of the labels does not change. */
export const keyOf = (labels: Iterable<readonly [string, string]>): string =>
  JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)));

interface Options {
  readonly extraLabels?: Labels | undefined;
  readonly histograms?: 'native' | 'classic' | 'both' | undefined;
}

export function expectedSeries(
  { families }: Snapshot,
  { extraLabels = {}, histograms = 'native' }: Options = {},
): Map<string, ExpectedSeries> {
  const all = families.flatMap((family) =>
    family.series.flatMap((series, i): ExpectedSeries[] => {
      const own = Object.fromEntries(
        series.labelNames.map((name, j) => [name, series.labelValues[j]]),
      );
      const labels = { ...extraLabels, ...family.labels, ...own };
      const created = Math.round((family.created?.[i] ?? 0) * 1000);
      const common = {
        metadata: {
          type: typeOf(family),
          help: family.description.toWellFormed(),
          unit: family.unit,
        },
      };
      return rowsOf(family, i, histograms).map(({ name, label = {}, isCounting, ...row }) => ({
        labels: withoutEmpty({ ...labels, ...label, __name__: name }),
        start: isCounting ? created : 0,
        ...common,
        ...row,
      }));
    }),
  );
  return new Map(all.map((one) => [keyOf(Object.entries(one.labels)), one]));
}

const withoutEmpty = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));

function typeOf({ data, type }: MetricFamily): number {
  if (data === 'buckets') return 3;
  if (data === 'quantiles') return 5;
  if (data === 'states') return 7;
  const types: Readonly<Record<string, number>> = { counter: 1, gauge: 2, info: 6 };
  return types[type] ?? 0;
}

interface Row {
  readonly name: string;
  readonly label?: Labels;
  readonly value?: bigint;
  readonly histogram?: Readonly<Record<string, unknown>>;
  readonly isCounting: boolean;
}

function rowsOf(family: MetricFamily, i: number, histograms: Options['histograms']): Row[] {
  const { name } = family;
  const width = family.values.length / family.series.length;
  const numbers = [...family.values.subarray(i * width, (i + 1) * width)];
  switch (family.data) {
    case 'number':
      return [{ name, value: bitsOf(numbers[0]), isCounting: family.type === 'counter' }];
    case 'states':
      return family.states.map((state, j) => ({
        name,
        label: { [name]: state },
        value: bitsOf(numbers[j]),
        isCounting: false,
      }));
    case 'quantiles':
      return [
        ...family.quantiles.map((quantile, j) => ({
          name,
          label: { quantile: canonicalNumber(quantile) },
          value: bitsOf(numbers[2 + j]),
          isCounting: false,
        })),
        { name: `${name}_sum`, value: bitsOf(numbers[0]), isCounting: true },
        { name: `${name}_count`, value: bitsOf(numbers[1]), isCounting: true },
      ];
    case 'buckets': {
      const [sum, ...counts] = numbers;
      let count = 0;
      const buckets = [...family.buckets, Infinity].map((bound, j) => {
        count += counts[j];
        const label = { le: canonicalNumber(bound) };
        return { name: `${name}_bucket`, label, value: bitsOf(count), isCounting: true };
      });
      const classic = [
        ...buckets,
        { name: `${name}_sum`, value: bitsOf(sum), isCounting: true },
        { name: `${name}_count`, value: bitsOf(count), isCounting: true },
      ];
      if (!family.natives || histograms === 'classic') return classic;
      const row = { name, histogram: histogramOf(family, i, sum, count), isCounting: true };
      return histograms === 'both' ? [row, ...classic] : [row];
    }
  }
}

function histogramOf({ natives }: MetricFamily, i: number, sum: number, counted: number) {
  const { schema, zeroThreshold, zeroCount, positive, negative } = natives![i];
  const all = (one: NativeBuckets) => Array.from(one.counts).reduce((a, b) => a + b, 0);
  const inBuckets = zeroCount + all(positive) + all(negative);
  return {
    count: Number.isNaN(sum) ? Math.max(inBuckets, counted) : inBuckets,
    sum: bitsOf(sum),
    schema,
    zeroThreshold,
    zeroCount,
    positive: bucketsOf(positive),
    negative: bucketsOf(negative),
  };
}

/** Returns how many observations are in each bucket that has any, by its number. */
function bucketsOf({ offset, counts }: NativeBuckets): Record<number, number> {
  const found: Record<number, number> = {};
  for (let i = 0; i < counts.length; i++) if (counts[i] > 0) found[offset + i] = counts[i];
  return found;
}

/** Returns a histogram that was read in the form in which others are expected. */
export function plainHistogram(read: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const buckets = (sign: string) => {
    const spans = read[`${sign}_spans`] as { offset: number; length: number }[];
    const deltas = [...(read[`${sign}_deltas`] as number[])];
    const found: Record<number, number> = {};
    let bucket = 0;
    let count = 0;
    for (const { offset, length } of spans) {
      bucket += offset;
      for (let i = 0; i < length; i++, bucket++) {
        count += deltas.shift()!;
        if (count > 0) found[bucket] = count;
      }
    }
    return found;
  };
  return {
    count: read.count_int,
    sum: read.sum,
    schema: read.schema,
    zeroThreshold: read.zero_threshold,
    zeroCount: read.zero_count_int,
    positive: buckets('positive'),
    negative: buckets('negative'),
  };
}
