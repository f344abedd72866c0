import type { FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import { SampleKind, type Series } from '../../promql/source.ts';
import type { Row } from './row.ts';
import type { Slab } from './slab.ts';
import type { Block, Timeline } from './timeline.ts';

/** Which samples of a block are asked for. */
interface Span {
  readonly from: number;
  readonly to: number;
  /** The number of the first one among the times of the range. */
  readonly at: number;
}

/** Some samples of a row, in one slab. */
interface Part {
  readonly slab: Slab;
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/** The times of a timeline that are asked for. */
class Range {
  readonly #spans = new Map<Block<Slab>, Span>();
  readonly #tails = new Map<Slab, Float64Array>();
  readonly length: number;
  #times: Float64Array | undefined;

  constructor({ blocks }: Timeline<Slab>, after: number, upTo: number) {
    let at = 0;
    for (const block of blocks) {
      if (block.last <= after) continue;
      const span = { from: block.upTo(after), to: block.upTo(upTo), at };
      if (span.from >= span.to) continue;
      this.#spans.set(block, span);
      at += span.to - span.from;
    }
    this.length = at;
  }

  /** All times that are asked for. Series that have a sample at each of them share this. */
  get times(): Float64Array {
    if (!this.#times) {
      this.#times = new Float64Array(this.length);
      for (const [{ times }, { from, to, at }] of this.#spans) {
        this.#times.set(times.subarray(from, to), at);
      }
    }
    return this.#times;
  }

  /** Returns what is asked for of a row in a slab, if there is anything. */
  part(slab: Slab, index: number): Part | undefined {
    const span = this.#spans.get(slab.block);
    if (!span) return undefined;
    const from = Math.max(span.from, slab.begin);
    const to = Math.min(span.to, slab.end(index));
    return from < to ? { slab, index, from, to, at: span.at + from - span.from } : undefined;
  }

  /** Returns the times of a slab, from its first sample on. */
  timesOf(slab: Slab): Float64Array {
    const { begin, block } = slab;
    if (begin === 0) return block.times;
    let tail = this.#tails.get(slab);
    if (!tail) {
      tail = block.times.subarray(begin);
      this.#tails.set(slab, tail);
    }
    return tail;
  }
}

/** Reads the samples of series that are later than one time and not later than another. */
export class Selection {
  readonly #after: number;
  readonly #upTo: number;
  readonly #ranges = new Map<Timeline<Slab>, Range>();

  constructor(after: number, upTo: number) {
    this.#after = after;
    this.#upTo = upTo;
  }

  /** Returns the samples of a series; `undefined` if there are none. */
  series(row: Row<Slab>): Series | undefined {
    const parts: Part[] = [];
    for (const [i, { slabs }] of row.groups.entries()) {
      for (const slab of slabs) {
        if (slab.block.last <= this.#after) continue;
        const part = this.#range(slab).part(slab, row.indexes[i]!);
        if (part) parts.push(part);
      }
    }
    const [first] = parts;
    if (!first) return undefined;
    if (parts.length === 1 && first.slab.data) return this.#view(row, first);
    return this.#copy(row, parts);
  }

  #range({ block: { timeline } }: Slab): Range {
    let range = this.#ranges.get(timeline);
    if (!range) {
      range = new Range(timeline, this.#after, this.#upTo);
      this.#ranges.set(timeline, range);
    }
    return range;
  }

  /** A slab is written behind what is read, so its numbers need no copy. */
  #view({ labels }: Row<Slab>, part: Part): Series {
    const { slab, index } = part;
    const { room, data } = slab;
    const [begin, end] = [part.from - slab.begin, part.to - slab.begin];
    const series = {
      labels,
      times: this.#range(slab).timesOf(slab),
      values: data!.subarray(index * room, (index + 1) * room),
      begin,
      end,
    };
    if (!endsStale(part)) return series;
    const kinds = new Uint8Array(end);
    kinds[end - 1] = SampleKind.Stale;
    return { ...series, kinds };
  }

  #copy({ labels }: Row<Slab>, parts: readonly Part[]): Series {
    const { times, begin, length } = this.#timesOf(parts);
    const values = new Float64Array(times.length);
    let kinds: Uint8Array | undefined;
    let histograms: (FloatHistogram | undefined)[] | undefined;
    let at = begin;
    for (const part of parts) {
      const { slab, index, from, to } = part;
      const own = slab.histograms?.[index];
      if (own) {
        kinds ??= new Uint8Array(values.length);
        histograms ??= [];
        kinds.fill(SampleKind.Histogram, at, at + to - from);
        for (let i = from; i < to; i++) histograms[at + i - from] = own[i - slab.begin];
      } else {
        slab.read(index, from, to, values, at);
      }
      at += to - from;
      if (!endsStale(part)) continue;
      kinds ??= new Uint8Array(values.length);
      kinds[at - 1] = SampleKind.Stale;
    }
    return { labels, times, values, begin, end: begin + length, kinds, histograms };
  }

  /** Returns an array that has the times of all parts, and where in it they are. It is shared if that is possible. */
  #timesOf(parts: readonly Part[]) {
    const [first] = parts as [Part];
    const range = this.#range(first.slab);
    let length = 0;
    let isWhole = true;
    for (const part of parts) {
      isWhole &&= part.at === first.at + length && this.#range(part.slab) === range;
      length += part.to - part.from;
    }
    if (!isWhole) {
      const times = new Float64Array(length);
      let at = 0;
      for (const { slab, from, to } of parts) {
        times.set(slab.block.times.subarray(from, to), at);
        at += to - from;
      }
      return { times, begin: 0, length };
    }
    // An array as long as all times is too much for a series that was there for a moment only.
    if (2 * length >= range.length) return { times: range.times, begin: first.at, length };
    return { times: range.times.subarray(first.at, first.at + length), begin: 0, length };
  }
}

/** Whether the last sample of a part is a stale marker. */
function endsStale({ slab, index, to }: Part): boolean {
  return slab.isStale(index) && to === slab.end(index);
}
