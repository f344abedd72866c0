import { MessageWriter } from '../../bytes/message-writer.ts';
import type { SeriesLabels } from '../../model.ts';
import type { RemoteWriteBody } from './body.ts';
import type { FamilyContent } from './family-content.ts';
import type { FamilyRows } from './family-rows.ts';
import type { NewMessages, WrittenMessages } from './new-messages.ts';
import {
  NORMAL_NAN,
  type RowContext,
  writeHistogram,
  writeNews,
  writeSample,
} from './row-content.ts';

/** Some items of a family, one after the other. */
export interface Segment {
  readonly rows: FamilyRows;
  /** All items of the family. */
  readonly items: readonly SeriesLabels[];
  readonly from: number;
  readonly to: number;
}

/** How many messages are written before the thread may do something else. */
const STEP = 128;
/** The bytes of a double and of the tag of the time that follows it. */
const VALUE_AND_TAG = 9;

/**
 * A body that is remembered. In the next snapshot the same series have other values and times, and these are
 * written over the ones before.
 */
export class Block {
  #segments: readonly Segment[];
  /** Whether it ends because nothing more fitted. */
  readonly isFull: boolean;
  readonly #context: RowContext;
  /** The texts that the labels name; those of exemplars follow them. */
  readonly #texts: { readonly count: number; readonly length: number };
  #written: WrittenMessages;
  /** Since when each item counts, if messages tell. */
  #starts: Float64Array;
  #timeLength: number;
  /** Whether messages have exemplars, which are sent only once. */
  #hasNews = false;

  /** @param context also says which time the messages have */
  constructor(
    segments: readonly Segment[],
    isFull: boolean,
    written: WrittenMessages,
    starts: readonly number[],
    context: RowContext,
  ) {
    this.#segments = segments;
    this.isFull = isFull;
    this.#context = context;
    this.#texts = { count: context.symbols.count, length: context.symbols.length };
    this.#written = written;
    this.#starts = Float64Array.from(starts);
    this.#timeLength = timeBytes(context.time).length;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get body(): RemoteWriteBody {
    const { bytes, start, ends } = this.#written;
    return { version: this.#context.wire.version, bytes, start, ends };
  }

  /**
   * Writes what another snapshot says about the same items.
   * @param contents of the families of the segments
   * @param inPlace whether nobody reads the present bytes any more
   */
  *update(
    contents: readonly FamilyContent[],
    time: number,
    inPlace: boolean,
    draft: NewMessages,
  ): Generator<void, void> {
    // This keeps no list that snapshots no longer have.
    this.#segments = this.#segments.map((one, i) => ({ ...one, items: contents[i]!.items }));
    const hasNews = this.#segments.some(({ from, to }, i) => contents[i]!.hasNews(from, to));
    const bytes = timeBytes(time);
    const isPlain =
      !hasNews &&
      !this.#hasNews &&
      bytes.length === this.#timeLength &&
      !this.#segments.some(({ rows }) => rows.hasNative);
    const starts = this.#context.wire.hasStart ? this.#startsIn(contents) : this.#starts;
    if (isPlain && starts.every((start, i) => start === this.#starts[i])) {
      this.#overwrite(contents, bytes, inPlace);
      return;
    }
    this.#written = yield* this.#rewritten(contents, time, inPlace, draft);
    this.#starts = starts;
    this.#timeLength = bytes.length;
    this.#hasNews = hasNews;
  }

  #startsIn(contents: readonly FamilyContent[]): Float64Array {
    const starts: number[] = [];
    this.#segments.forEach(({ from, to }, i) => {
      for (let item = from; item < to; item++) starts.push(contents[i]!.start(item));
    });
    return Float64Array.from(starts);
  }

  /** Writes other numbers and times over those at the ends of the messages. */
  #overwrite(contents: readonly FamilyContent[], time: Uint8Array, inPlace: boolean): void {
    const { ends } = this.#written;
    const bytes = inPlace ? this.#written.bytes : this.#written.bytes.slice();
    const view = new DataView(bytes.buffer);
    let message = 0;
    this.#segments.forEach(({ from, to }, i) => {
      const numbers = contents[i]!.numbers(from, to);
      for (let n = 0; n < numbers.length; n++) {
        const value = numbers[n]!;
        let at = ends[message++]! - time.length;
        if (Number.isNaN(value)) view.setBigUint64(at - VALUE_AND_TAG, NORMAL_NAN, true);
        else view.setFloat64(at - VALUE_AND_TAG, value, true);
        for (let t = 0; t < time.length; t++) bytes[at++] = time[t]!;
      }
    });
    this.#written = { ...this.#written, bytes };
  }

  /** Writes the messages anew, with the labels that they have. */
  *#rewritten(
    contents: readonly FamilyContent[],
    time: number,
    inPlace: boolean,
    draft: NewMessages,
  ): Generator<void, WrittenMessages> {
    const { bytes, ends, labels, contents: lengths } = this.#written;
    const { wire, symbols } = this.#context;
    const context = { ...this.#context, time };
    draft.clear();
    symbols.cut(this.#texts.count, this.#texts.length);
    for (const [i, { rows, from, to }] of this.#segments.entries()) {
      const content = contents[i]!;
      const numbers = { all: content.numbers(from, to), from };
      for (let item = from; item < to; item++) {
        for (let row = 0; row < rows.perItem; row++) {
          const message = draft.count;
          if (message % STEP === 0) yield;
          const end = ends[message]! - lengths[message]!;
          draft.reopen(wire.series, bytes, end - labels[message]!, end);
          writeNews(content, item, row, context, draft.to);
          writeRow(content, numbers, item, row, context, draft);
          draft.close();
        }
      }
    }
    return draft.take(wire.hasSymbols ? symbols : undefined, inPlace ? bytes.buffer : undefined);
  }
}

/** The numbers of items of a family, from some item on. */
export interface Numbers {
  readonly all: Float64Array;
  readonly from: number;
}

/** Writes the sample of a row. */
export function writeRow(
  content: FamilyContent,
  { all, from }: Numbers,
  item: number,
  row: number,
  context: RowContext,
  { to }: NewMessages,
): void {
  const { rows, width } = content;
  if (rows.hasNative && row === 0) {
    writeHistogram(content, item, context, to);
    return;
  }
  const number = (item - from) * width + row - (rows.hasNative ? 1 : 0);
  const start = context.wire.hasStart && rows.isCounting(row) ? content.start(item) : 0;
  writeSample(all[number]!, start, context, to);
}

function timeBytes(time: number): Uint8Array {
  const to = new MessageWriter(16);
  to.varint(time);
  return to.bytes;
}
