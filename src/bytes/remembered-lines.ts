import { LineChunk, type LineFormat } from './line-chunk.ts';

/** How many lines a chunk has. A chunk is written anew when one of its lines changes. */
const CHUNK_LINES = 1024;

/** The lines of a list of items. Each item has the same number of lines. */
export interface Lines extends LineFormat {
  /** The items. This is the same list as long as there are the same items. */
  readonly items: readonly object[];
  readonly perItem: number;
  /** Returns the numbers of some items, one after the other. The caller must not change or keep the array. */
  numbers(from: number, to: number): Float64Array;
}

interface Remembered {
  readonly chunk: LineChunk;
  /** The list of items that its lines were last written for. */
  readonly items: readonly object[];
}

/** Lines whose numbers change more often than their texts. They are kept as bytes, in chunks. */
export class RememberedLines {
  readonly #chunks: Remembered[] = [];

  /**
   * Renders the lines piece by piece. Nobody may change the bytes: the next rendering shares them.
   * @param isAlone whether nobody reads earlier renderings any more
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

  /** Returns the remembered chunk if it has the same items. */
  #known(items: readonly object[], from: number, to: number, step: number): Remembered | undefined {
    const known = this.#chunks[from / step];
    if (!known || known.items === items) return known;
    const before = known.items;
    if (Math.min(from + step, before.length) !== to) return undefined;
    for (let i = from; i < to; i++) if (before[i] !== items[i]) return undefined;
    return known;
  }
}
