import { LineChunk, type LineFormat } from './line-chunk.ts';

/** Lines that are made anew when one of them changes. */
const CHUNK_LINES = 1024;

/** The lines of a list of items, each of which has as many. */
export interface Lines extends LineFormat {
  /** The same list while there are the same items. */
  readonly items: readonly object[];
  readonly perItem: number;
  /** Of some items, one after the other. */
  numbers(from: number, to: number): Float64Array;
}

/** Lines whose numbers change more often than their texts, as bytes in chunks. */
export class RememberedLines {
  #items: readonly object[] = [];
  #chunks: readonly LineChunk[] = [];

  /** The bytes are not to be changed: the next ones share them. */
  *render(lines: Lines): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
    const { items, perItem } = lines;
    const step = Math.ceil(CHUNK_LINES / perItem);
    const chunks: LineChunk[] = [];
    for (let from = 0; from < items.length; from += step) {
      const to = Math.min(from + step, items.length);
      const numbers = lines.numbers(from, to);
      const chunk = this.#isSame(items, from, to, step)
        ? this.#chunks[from / step].with(numbers, lines)
        : new LineChunk(numbers, lines, from * perItem);
      chunks.push(chunk);
      yield chunk.bytes;
    }
    this.#items = items;
    this.#chunks = chunks;
  }

  /** Whether a chunk was of the same items before. */
  #isSame(items: readonly object[], from: number, to: number, step: number): boolean {
    const before = this.#items;
    if (before === items) return true;
    if (Math.min(from + step, before.length) !== to) return false;
    for (let i = from; i < to; i++) if (before[i] !== items[i]) return false;
    return true;
  }
}
