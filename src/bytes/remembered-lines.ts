import { LineChunk, type LineFormat } from './line-chunk.ts';

/** Lines that are made anew when one of them changes. */
const CHUNK_LINES = 1024;

/** The lines of a list of items, each of which has as many. */
export interface Lines extends LineFormat {
  /** The same list while there are the same items. */
  readonly items: readonly object[];
  readonly perItem: number;
  /** Of some items, one after the other; not to be changed, nor to be kept. */
  numbers(from: number, to: number): Float64Array;
}

interface Remembered {
  readonly chunk: LineChunk;
  /** What its lines were last of, among others. */
  readonly items: readonly object[];
}

/** Lines whose numbers change more often than their texts, as bytes in chunks. */
export class RememberedLines {
  readonly #chunks: Remembered[] = [];

  /**
   * Piece by piece. The bytes are not to be changed: the next ones share them.
   * @param isAlone whether nobody reads any more what was rendered before
   */
  *render(
    lines: Lines,
    isAlone: () => boolean,
  ): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
    const { items, perItem } = lines;
    const step = Math.ceil(CHUNK_LINES / perItem);
    for (let from = 0; from < items.length; from += step) {
      const to = Math.min(from + step, items.length);
      const numbers = lines.numbers(from, to);
      const known = this.#known(items, from, to, step);
      known?.chunk.update(numbers, lines, isAlone());
      const chunk = known?.chunk ?? new LineChunk(numbers, lines, from * perItem);
      this.#chunks[from / step] = { chunk, items };
      yield chunk.bytes;
    }
    this.#chunks.length = Math.ceil(items.length / step);
  }

  /** A chunk of the same items. */
  #known(items: readonly object[], from: number, to: number, step: number): Remembered | undefined {
    const known = this.#chunks[from / step];
    if (!known || known.items === items) return known;
    const before = known.items;
    if (Math.min(from + step, before.length) !== to) return undefined;
    for (let i = from; i < to; i++) if (before[i] !== items[i]) return undefined;
    return known;
  }
}
