import { type Exemplar, type MetricFamily, numbersPerSeries } from '../../model.ts';
import { isWholeCounter } from '../gauge-histogram.ts';
import { attributesOf } from './attributes.ts';
import { countGrowth, growth, nativeGrowth } from './differences.ts';
import type { Earlier } from './earlier.ts';
import type { MetricForm } from './metric-form.ts';
import type { Points } from './point-chunk.ts';
import type { RequestWriter } from './points.ts';
import { type Microseconds, microseconds, nanoseconds } from './times.ts';

/**
 * About so many numbers are in a chunk, and at most so many points, so that to write one takes less than half a
 * millisecond. A native histogram has many numbers.
 */
const CHUNK_NUMBERS = 2048;
const CHUNK_POINTS = 256;
const CHUNK_NATIVES = 32;

/** When the points of a request were read, and what the one before had of them. */
export interface Reading {
  readonly time: Microseconds;
  /** The time of the snapshot before, for deltas. Absent if the points are none, or if there was none. */
  readonly since?: Microseconds | undefined;
  readonly earlier?: Earlier | undefined;
}

type WriteRow = Points['point'];

/** Returns the points of a family: one for each series, or for each of its states. */
export function familyPoints(
  family: MetricFamily,
  form: MetricForm,
  reading: Reading,
  to: RequestWriter,
): Points {
  const { series, values, natives } = family;
  const perItem = family.data === 'states' ? family.states.length : 1;
  const numbers = numbersPerSeries(family);
  const attributes = attributesOf(family);
  const many = Math.ceil(CHUNK_NUMBERS / Math.max(1, numbers));
  return {
    items: series,
    perItem,
    perChunk: natives ? CHUNK_NATIVES : Math.min(CHUNK_POINTS, many),
    width: family.data === 'states' ? 1 : numbers,
    numbers: (from, to) => values.subarray(from * numbers, to * numbers),
    attributes: (row, draft) => to.attributes(form.kind, attributes(row), draft),
    patch: patchOf(family, form, reading, to),
    point: rowWriter(family, form, new Times(family, reading), reading.earlier, to),
  };
}

/** Returns what can be written into points that are already there, if nothing else can change. */
function patchOf(
  family: MetricFamily,
  form: MetricForm,
  { time, earlier }: Reading,
  to: RequestWriter,
): Points['patch'] {
  const isNumber = form.kind === 'gauge' || form.kind === 'sum';
  const isOne = family.data === 'number';
  if (!to.endsInNumber || !isNumber || !isOne || earlier || family.exemplars || time === 0) {
    return undefined;
  }
  // The created times of gauges are not written.
  const created = form.kind === 'sum' ? (family.created ?? []) : [];
  const { isInteger } = form;
  return { time: BigUint64Array.of(nanoseconds(time)), seconds: time / 1e6, created, isInteger };
}

function rowWriter(
  family: MetricFamily,
  form: MetricForm,
  times: Times,
  earlier: Earlier | undefined,
  to: RequestWriter,
): WriteRow {
  const { time } = times;
  if (family.data === 'buckets') {
    return family.natives
      ? exponentialWriter(family.natives, family, times, earlier, to)
      : histogramWriter(family.buckets, family, times, earlier, to);
  }
  if (family.data === 'quantiles') return summaryWriter(family.quantiles, times, to);
  const { isInteger } = form;
  if (form.isMonotonic) return counterWriter(family, isInteger, times, earlier, to);
  const perItem = family.data === 'states' ? family.states.length : 1;
  const isSum = form.kind === 'sum';
  return (row, numbers, at, attributes, draft) => {
    const start = isSum ? times.created(Math.floor(row / perItem)) : 0;
    const point = { start, time, value: numbers[at]!, isInteger, exemplars: [] };
    to.number(point, attributes, draft);
  };
}

function counterWriter(
  family: MetricFamily,
  isInteger: boolean | undefined,
  times: Times,
  earlier: Earlier | undefined,
  to: RequestWriter,
): WriteRow {
  const { time } = times;
  return (row, numbers, at, attributes, draft) => {
    const before = earlier ? earlier.at(row) : -1;
    let value = numbers[at]!;
    let start = times.start(row);
    if (earlier && before >= 0) {
      const by = growth(value, earlier.family.values[before]!);
      if (by === 0) return;
      start = times.since;
      if (!(by < 0)) value = by;
    }
    const exemplars = newExemplars(family, row, earlier, before);
    to.number({ start, time, value, isInteger, exemplars }, attributes, draft);
  };
}

function histogramWriter(
  bounds: readonly number[],
  family: MetricFamily,
  times: Times,
  earlier: Earlier | undefined,
  to: RequestWriter,
): WriteRow {
  const { time } = times;
  const width = bounds.length + 2;
  return (row, numbers, at, attributes, draft) => {
    const before = earlier ? earlier.at(row) : -1;
    let sum = numbers[at]!;
    let counts = numbers.subarray(at + 1, at + width);
    let start = times.start(row);
    if (earlier && before >= 0) {
      const { values } = earlier.family;
      const grown = countGrowth(counts, values, before * width + 1);
      start = times.since;
      if (grown) {
        sum = growth(sum, values[before * width]!);
        counts = grown;
      }
    }
    let count = 0;
    for (let i = 0; i < counts.length; i++) count += counts[i]!;
    if (before >= 0 && count === 0) return;
    const exemplars = newExemplars(family, row, earlier, before);
    const known = sum < 0 || bounds[0]! < 0 ? undefined : sumOf(sum, count);
    const point = { start, time, count, sum: known, bounds, counts, exemplars };
    to.histogram(point, attributes, draft);
  };
}

function exponentialWriter(
  natives: NonNullable<MetricFamily['natives']>,
  family: MetricFamily,
  times: Times,
  earlier: Earlier | undefined,
  to: RequestWriter,
): WriteRow {
  const { time } = times;
  const width = numbersPerSeries(family);
  return (row, numbers, at, attributes, draft) => {
    const before = earlier ? earlier.at(row) : -1;
    const earlierNative = earlier?.family.natives?.[before];
    let sum = numbers[at]!;
    let native = natives[row]!;
    if (!isWholeCounter(native)) return;
    let start = times.start(row);
    if (earlier && earlierNative) {
      const grown = nativeGrowth(native, earlierNative);
      start = times.since;
      if (grown) {
        sum = growth(sum, earlier.family.values[before * width]!);
        native = grown;
      }
    }
    const count = finiteCount(native);
    if (earlierNative && count === 0) return;
    const exemplars = newExemplars(family, row, earlier, before);
    // It is there even if it may fall: points without one are to be dropped on the way to Prometheus.
    const point = { start, time, count, sum: sumOf(sum, count), native, exemplars };
    to.exponential(point, attributes, draft);
  };
}

function summaryWriter(quantiles: readonly number[], times: Times, to: RequestWriter): WriteRow {
  const { time } = times;
  return (row, numbers, at, attributes, draft) => {
    const pairs = quantiles
      .map((quantile, i) => [quantile, numbers[at + 2 + i]!] as const)
      // The definition of the message forbids others.
      .filter(([, value]) => !(value < 0));
    const count = numbers[at + 1]!;
    const sum = sumOf(numbers[at]!, count);
    const point = { start: times.created(row), time, count, sum, quantiles: pairs, exemplars: [] };
    to.summary(point, attributes, draft);
  };
}

/** The sum of no observations must be 0, says the definition of the messages. */
const sumOf = (sum: number, count: number): number => (count === 0 ? 0 : sum);

/**
 * Returns how many observations are in the buckets of OpenTelemetry, which have no place for infinite ones:
 * https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#native-histograms
 */
function finiteCount({ zeroCount, positive, negative }: { zeroCount: number } & Sides): number {
  let count = zeroCount;
  for (const { counts } of [positive, negative]) {
    for (let i = 0; i < counts.length; i++) count += counts[i]!;
  }
  return count;
}

type Sides = Pick<NonNullable<MetricFamily['natives']>[number], 'positive' | 'negative'>;

/** Returns the exemplars of a series that the snapshot before did not have. */
function newExemplars(
  { exemplars, series }: MetricFamily,
  item: number,
  earlier: Earlier | undefined,
  before: number,
): readonly Exemplar[] {
  const all = exemplars?.get(series[item]!);
  if (!all) return [];
  const known = before < 0 ? undefined : earlier?.family.exemplars?.get(series[item]!);
  return all.filter((one) => one !== undefined && !known?.includes(one)) as Exemplar[];
}

/** Says since when the points of a family count. No time is later than that of the points. */
class Times {
  readonly time: Microseconds;
  /**
   * The time of the snapshot before. A point that follows another counts since then, even if the series has
   * begun anew at a time that is not known: no two points may count the same time.
   */
  readonly since: Microseconds;
  readonly #created: ArrayLike<number>;

  constructor({ created = [] }: MetricFamily, { time, since = 0 }: Reading) {
    this.time = time;
    this.since = Math.min(since, time);
    this.#created = created;
  }

  /** Returns since when a series counts; 0 if that is not known. */
  created(item: number): Microseconds {
    return Math.min(microseconds(this.#created[item] ?? 0), this.time);
  }

  /** Returns since when a series counts of which nothing was sent before. */
  start(item: number): Microseconds {
    return this.created(item) || this.since;
  }
}
