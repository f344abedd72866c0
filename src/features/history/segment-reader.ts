import { isListOf } from '../../model.ts';
import type { Buckets, FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import { faultOf } from '../../promql/histogram/soundness.ts';
import { compareBytes, LabelSet } from '../../promql/label-set.ts';
import { PackedColumns } from './packed-columns.ts';
import type {
  BlockHead,
  HistogramHead,
  JsonBuckets,
  SegmentHead,
  SlabHead,
} from './segment-writer.ts';
import { BLOCK } from './timeline.ts';

const NEW_LINE = 10;

/** A segment that was kept. All of it is checked: anybody may have written into storage. */
export interface Segment {
  readonly head: SegmentHead;
  readonly labels: readonly LabelSet[];
  /** By block and slab: the bytes of the columns. */
  readonly columns: readonly (readonly Uint8Array[])[];
  /** The times of the first and the last sample. */
  readonly first: number;
  readonly last: number;
}

/** @throws Error if it is no segment */
export function readSegment(value: Uint8Array): Segment {
  let at = value.indexOf(NEW_LINE) + 1;
  const head = JSON.parse(new TextDecoder().decode(value.subarray(0, at))) as SegmentHead;
  const isHead =
    head?.version === 1 &&
    typeof head.writer === 'string' &&
    Number.isSafeInteger(head.number) &&
    isListOf((text) => typeof text === 'string', head.texts) &&
    isListOf(Array.isArray, head.series) &&
    isListOf((block) => isBlock(block as BlockHead, head.series.length), head.blocks) &&
    head.blocks.length > 0;
  if (!isHead) throw new Error('it is no segment of a history');
  const columns = head.blocks.map(({ slabs }) =>
    slabs.map((slab) => {
      const bytes = value.subarray(at, at + slab.bytes);
      at += slab.bytes;
      // The columns are checked now, since what cannot be read is to be set aside as a whole.
      if (!slab.histograms) PackedColumns.from(bytes, lengthsOf(slab));
      return bytes;
    }),
  );
  if (at !== value.length) throw new Error('it has another length than it says');
  let [first, last] = [Infinity, -Infinity];
  for (const { times } of head.blocks) {
    first = Math.min(first, times[0]!);
    last = Math.max(last, times.at(-1)!);
  }
  return { head, labels: labelsIn(head), columns, first, last };
}

export function lengthsOf({ ends, begin }: SlabHead): Uint8Array {
  return Uint8Array.from(ends, (end) => end - begin);
}

/** Returns the histograms of a series. What is the same as before is the same object. */
export function histogramsIn(heads: readonly (HistogramHead | 0)[]): FloatHistogram[] {
  const histograms: FloatHistogram[] = [];
  for (const head of heads) {
    const before = histograms.at(-1);
    histograms.push(head === 0 ? before! : histogramOf(head));
  }
  return histograms;
}

function histogramOf(head: HistogramHead): FloatHistogram {
  const [schema, zeroThreshold, zeroCount, count, sum, positive, negative, more] = head;
  return {
    schema,
    zeroThreshold: Number(zeroThreshold),
    zeroCount: Number(zeroCount),
    count: Number(count),
    sum: Number(sum),
    positive: bucketsOf(positive),
    negative: bucketsOf(negative),
    counterReset: more?.isGauge ? 'gauge' : 'unknown',
    ...(more?.bounds && { customBounds: more.bounds }),
  };
}

const bucketsOf = ([indices, counts]: JsonBuckets): Buckets => ({
  indices,
  counts: counts.map(Number),
});

function isBlock({ timeline, times, slabs }: BlockHead, series: number): boolean {
  return (
    Number.isSafeInteger(timeline) &&
    isListOf(Number.isFinite, times, BLOCK + 1) &&
    times.length > 0 &&
    times.every((time, i) => i === 0 || time > times[i - 1]!) &&
    isListOf((slab) => isSlab(slab as SlabHead, times.length, series), slabs)
  );
}

function isSlab(slab: SlabHead, times: number, series: number): boolean {
  const { begin, bytes, ends, stale, histograms } = slab;
  const isWithin = (from: number, to: number) => (value: unknown) =>
    Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to;
  const { length } = slab.series;
  return (
    isWithin(0, times - 1)(begin) &&
    isWithin(0, Infinity)(bytes) &&
    isListOf(isWithin(0, series - 1), slab.series) &&
    isListOf(isWithin(begin, times), ends) &&
    isListOf(isWithin(0, 1), stale) &&
    ends.length === length &&
    stale.length === length &&
    (!histograms ||
      (isListOf(areHistograms, histograms) &&
        histograms.length === length &&
        histograms.every((all, i) => all.length === ends[i]! - begin - stale[i]! && all[0] !== 0)))
  );
}

function areHistograms(heads: unknown): boolean {
  const isNumber = (one: unknown) =>
    typeof one === 'number' || /^(NaN|-?Infinity|-0)$/.test(String(one));
  const isBuckets = (buckets: unknown): boolean =>
    isListOf((list) => isListOf(isNumber, list), buckets) && buckets.length === 2;
  const isHistogram = (head: unknown): boolean =>
    head === 0 ||
    (Array.isArray(head) &&
      (head.length === 7 || (head.length === 8 && isMore(head[7]))) &&
      Number.isSafeInteger(head[0]) &&
      head.slice(1, 5).every(isNumber) &&
      head.slice(5, 7).every(isBuckets) &&
      faultOf(histogramOf(head as never)) === undefined);
  return isListOf(isHistogram, heads, BLOCK + 1);
}

function isMore(more: unknown): boolean {
  const { bounds = [] } = (more ?? {}) as { bounds?: unknown };
  return typeof more === 'object' && isListOf(Number.isFinite, bounds);
}

/** @throws Error if a series has labels that no series can have */
function labelsIn({ texts, series }: SegmentHead): readonly LabelSet[] {
  const lists = new Map<string, readonly string[]>();
  return series.map((pairs) => {
    const all = pairs.map((number) => texts[number]);
    const names = all.filter((_, i) => i % 2 === 0);
    const values = all.filter((_, i) => i % 2 === 1);
    const isSound =
      names.length === values.length &&
      all.every((text) => text !== undefined && text !== '') &&
      names.every((name, i) => i === 0 || compareBytes(names[i - 1]!, name!) < 0);
    if (!isSound) throw new Error('a series has labels that no series can have');
    const key = pairs.filter((_, i) => i % 2 === 0).join();
    // Series with the same names share the list.
    const list = lists.get(key) ?? (names as string[]);
    lists.set(key, list);
    return new LabelSet(list, values as string[]);
  });
}
