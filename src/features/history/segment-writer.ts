import type { Pieces } from '../../bytes/pieces.ts';
import { jsonText } from '../../platform/realm.ts';
import type { Buckets, FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import type { Row } from './row.ts';
import type { Slab } from './slab.ts';
import type { Block } from './timeline.ts';

/** The first line of a segment, as JSON. What it names follows as bytes, in the same order. */
export interface SegmentHead {
  readonly version: 1;
  /** Which history has written it, and the number of the segment there. A later one of that number has more. */
  readonly writer: string;
  readonly number: number;
  /** All texts of labels. */
  readonly texts: readonly string[];
  /** Each series: a name, its value, the next name, by the numbers of the texts. */
  readonly series: readonly (readonly number[])[];
  readonly blocks: readonly BlockHead[];
}

export interface BlockHead {
  /** Blocks of the same number have samples at the same times. 0 is that of collection runs. */
  readonly timeline: number;
  /** Milliseconds since 1970. */
  readonly times: readonly number[];
  readonly slabs: readonly SlabHead[];
}

export interface SlabHead {
  readonly begin: number;
  /** The numbers of its series. */
  readonly series: readonly number[];
  /** By series: the number behind its last sample, and whether that is a stale marker. */
  readonly ends: readonly number[];
  readonly stale: readonly (0 | 1)[];
  /** How many bytes its columns take. */
  readonly bytes: number;
  /** By series, if the samples are histograms; 0 stands for one that is the same as that before. */
  readonly histograms?: readonly (readonly (HistogramHead | 0)[])[] | undefined;
}

/** JSON has no NaN and no infinities, so they are texts. */
export type JsonNumber = number | string;

export type HistogramHead = readonly [
  schema: number,
  zeroThreshold: JsonNumber,
  zeroCount: JsonNumber,
  count: JsonNumber,
  sum: JsonNumber,
  positive: JsonBuckets,
  negative: JsonBuckets,
  /** What few histograms need: whether it is that of a gauge, and the bounds of its buckets. */
  more?: { readonly isGauge?: boolean; readonly bounds?: readonly number[] },
];
export type JsonBuckets = readonly [indices: readonly number[], counts: readonly JsonNumber[]];

/**
 * Writes blocks as one value that can be kept.
 * @param timelineOf returns the number of the timeline of a block
 */
export function writeSegment(
  writer: string,
  number: number,
  blocks: readonly Block<Slab>[],
  timelineOf: (block: Block<Slab>) => number,
): Pieces {
  const texts = new Map<string, number>();
  const rows = new Map<Row<Slab>, number>();
  const numberOf = <K>(all: Map<K, number>, one: K) => {
    const known = all.get(one) ?? all.size;
    all.set(one, known);
    return known;
  };
  const columns: Uint8Array<ArrayBuffer>[] = [];
  const slabHead = (slab: Slab): SlabHead => {
    const pieces = slab.packed?.pieces ?? [];
    columns.push(...pieces);
    return {
      begin: slab.begin,
      series: slab.group.rows.map((row) => numberOf(rows, row)),
      ends: slab.group.rows.map((_, row) => slab.end(row)),
      stale: slab.group.rows.map((_, row) => (slab.isStale(row) ? 1 : 0)),
      bytes: pieces.reduce((sum, { length }) => sum + length, 0),
      histograms: slab.histograms?.map(histogramHeads),
    };
  };
  const heads = blocks.map((block) => ({
    timeline: timelineOf(block),
    times: [...block.times.subarray(0, block.length)],
    slabs: block.slabs.map(slabHead),
  }));
  const series = [...rows.keys()].map(({ labels: { names, values } }) =>
    names.flatMap((name, i) => [numberOf(texts, name), numberOf(texts, values[i]!)]),
  );
  const head: SegmentHead = {
    version: 1,
    writer,
    number,
    texts: [...texts.keys()],
    series,
    blocks: heads,
  };
  return [new TextEncoder().encode(`${jsonText(head)}\n`), ...columns];
}

function histogramHeads(
  histograms: readonly (FloatHistogram | undefined)[],
): readonly (HistogramHead | 0)[] {
  return histograms.map((one, i) => {
    if (!one || (i > 0 && one === histograms[i - 1])) return 0;
    const { schema, zeroThreshold, zeroCount, count, sum, positive, negative } = one;
    const numbers = [zeroThreshold, zeroCount, count, sum].map(jsonNumber);
    const head = [schema, ...numbers, jsonBuckets(positive), jsonBuckets(negative)];
    const isGauge = one.counterReset === 'gauge';
    const bounds = one.customBounds;
    return (isGauge || bounds ? [...head, { isGauge, bounds }] : head) as never;
  });
}

const jsonNumber = (value: number): JsonNumber =>
  Object.is(value, -0) ? '-0' : Number.isFinite(value) ? value : String(value);
const jsonBuckets = ({ indices, counts }: Buckets): JsonBuckets => [
  indices,
  counts.every(Number.isFinite) ? counts : counts.map(jsonNumber),
];
