import type { BodyWriter, CompactHead } from '../../compact/body-writer.ts';
import type { CompactKind, Microseconds } from '../../compact/form.ts';
import {
  type Exemplar,
  type MetricFamily,
  type NativeHistogram,
  numbersPerSeries,
  OVERFLOW_LABEL,
  type SeriesLabels,
} from '../../model.ts';
import { wellFormed } from '../../platform/realm.ts';
import { isWholeCounter } from '../gauge-histogram.ts';
import { countGrowth, growth, nativeGrowth } from '../otlp/differences.ts';
import type { Earlier } from '../otlp/earlier.ts';
import { microseconds } from '../otlp/times.ts';

/** What a family becomes. */
interface CompactPoints {
  readonly head: CompactHead;
  /** Writes the point of a series, if it has something to say. */
  point(row: number, to: BodyWriter): void;
}

/** What a series says. `undefined` is nothing that is new. */
type Said = ((to: BodyWriter) => void) | undefined;

/** @param earlier what the snapshot before had of the family */
export function compactPoints(
  family: MetricFamily,
  earlier: Earlier | undefined,
  time: Microseconds,
): CompactPoints {
  const { series, exemplars, created = [] } = family;
  const head = headOf(family, earlier);
  const said = saidBy(family);
  return {
    head,
    point(row, to) {
      const one = series[row]!;
      const before = earlier?.at(row) ?? -1;
      const says = said(row, earlier?.family, before);
      if (!says) return;
      to.point(head.labelNames, isOverflow(one) ? undefined : one.labelValues);
      if (head.hasStarts) to.start(before >= 0 ? 0 : millisecondsSince(created[row], time));
      says(to);
      if (!head.hasExemplars) return;
      const all = exemplars?.get(one) ?? [];
      const known = before < 0 ? undefined : earlier?.family.exemplars?.get(one);
      const isNew = (exemplar: Exemplar | undefined) => exemplar && !known?.includes(exemplar);
      to.exemplars(all.filter(isNew) as Exemplar[], time);
    },
  };
}

function headOf(family: MetricFamily, earlier: Earlier | undefined): CompactHead {
  const { name, description, unit, labelNames, labels, series, exemplars } = family;
  const kind = kindOf(family);
  const isDelta = kind === 'counter' || kind === 'histogram' || kind === 'native';
  const wellFormedLabels = Object.entries(labels).map((pair) => pair.map(wellFormed));
  return {
    kind,
    name: wellFormed(name),
    description: wellFormed(description),
    unit: wellFormed(unit),
    labelNames: labelNames.map(wellFormed),
    labels: Object.fromEntries(wellFormedLabels),
    numbers: numbersOf(family, kind),
    ...(family.data === 'states' && { states: family.states.map(wellFormed) }),
    hasStarts: isDelta && series.some((_, row) => (earlier?.at(row) ?? -1) < 0),
    hasExemplars: (exemplars?.size ?? 0) > 0,
  };
}

function kindOf({ data, type, natives }: MetricFamily): CompactKind {
  if (data === 'buckets') return natives ? 'native' : 'histogram';
  if (data === 'quantiles') return 'summary';
  if (data === 'states') return 'states';
  if (type === 'counter') return 'counter';
  return type === 'info' ? 'info' : 'gauge';
}

function numbersOf(family: MetricFamily, kind: CompactKind): readonly number[] | undefined {
  if (family.data === 'quantiles') return family.quantiles;
  if (family.data !== 'buckets') return undefined;
  return kind === 'native' ? [family.natives?.[0]?.zeroThreshold ?? 0] : family.buckets;
}

/** Returns a function that says what there is to say of a series, and what it was before, if that is known. */
function saidBy(
  family: MetricFamily,
): (row: number, before: MetricFamily | undefined, beforeRow: number) => Said {
  const { values, natives } = family;
  const width = numbersPerSeries(family);
  const at = (row: number) => row * width;
  if (family.data === 'buckets' && natives) {
    return (row, before, beforeRow) => {
      const earlier = before?.natives?.[beforeRow];
      const sum = values[at(row)]!;
      const sumBefore = before?.values[at(beforeRow)] ?? 0;
      if (!isWholeCounter(natives[row]!)) return undefined;
      return nativeDelta(natives[row]!, earlier, sum, sumBefore);
    };
  }
  if (family.data === 'buckets') {
    return (row, before, beforeRow) => {
      const counts = values.subarray(at(row) + 1, at(row + 1));
      return bucketsDelta(
        counts,
        values[at(row)]!,
        before?.values,
        beforeRow < 0 ? -1 : at(beforeRow),
      );
    };
  }
  if (kindOf(family) === 'counter') {
    return (row, before, beforeRow) => {
      const value = values[row]!;
      const by = beforeRow < 0 ? value : growth(value, before!.values[beforeRow]!);
      if (by === 0 && beforeRow >= 0) return undefined;
      return (to) => to.number(by < 0 ? value : by);
    };
  }
  return (row) => (to) => {
    for (let i = at(row); i < at(row + 1); i++) to.number(values[i]!);
  };
}

function bucketsDelta(
  counts: Float64Array,
  sum: number,
  before: Float64Array | undefined,
  beforeAt: number,
): Said {
  const grown = before && beforeAt >= 0 ? countGrowth(counts, before, beforeAt + 1) : undefined;
  const given = grown ?? counts;
  const by = grown ? growth(sum, before![beforeAt]!) : sum;
  const isEmpty = given.every((count) => count === 0);
  if (isEmpty && beforeAt >= 0) return undefined;
  return (to) => {
    to.number(isEmpty ? 0 : by);
    to.counts(given, 0, given.length);
  };
}

function nativeDelta(
  now: NativeHistogram,
  before: NativeHistogram | undefined,
  sum: number,
  sumBefore: number,
): Said {
  const grown = before && nativeGrowth(now, before);
  const given = grown ?? now;
  const isEmpty = given.zeroCount === 0 && [given.positive, given.negative].every(hasNone);
  if (isEmpty && before) return undefined;
  return (to) => {
    to.number(isEmpty ? 0 : grown ? growth(sum, sumBefore) : sum);
    to.native(given);
  };
}

/** Infinite observations have no bucket here, as in OpenTelemetry. */
const hasNone = ({ counts }: { readonly counts: ArrayLike<number> }) =>
  Array.prototype.every.call(counts, (count) => count === 0);

function millisecondsSince(created: number | undefined, time: Microseconds): number {
  const start = microseconds(created ?? 0);
  return start > 0 && start < time ? Math.floor((time - start) / 1000) : 0;
}

function isOverflow({ labelNames, labelValues }: SeriesLabels): boolean {
  return labelNames.length === 1 && labelNames[0] === OVERFLOW_LABEL && labelValues[0] === 'true';
}
