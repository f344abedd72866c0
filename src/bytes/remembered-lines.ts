import type { Chunk, MakeChunk } from './chunk.ts';
import type { NotedLineFormat } from './line-chunk.ts';

/** How many lines a chunk has. A chunk is written anew when one of its lines changes. */
const CHUNK_LINES = 1024;

/** The lines, or the messages, of a list of items. Each item has the same number of them. */
export interface Rows {
  /** The items. This is the same list as long as there are the same items. */
  readonly items: readonly object[];
  readonly perItem: number;
  /** How many items are in a chunk; unless given, as many as have 1024 rows. */
  readonly perChunk?: number | undefined;
  /** Returns the numbers of some items, one after the other. The caller must not change or keep the array. */
  numbers(from: number, to: number): Float64Array;
}

const perChunkOf = ({ perItem, perChunk = Math.ceil(CHUNK_LINES / perItem) }: Rows) => perChunk;

/** Rows that are lines of text. */
export interface Lines extends Rows, NotedLineFormat {}

interface Remembered<R> {
  readonly chunk: Chunk<R>;
  /** The list of items that it was last written for. */
  readonly items: readonly object[];
}

/** Lines or messages whose numbers change more often than the rest. They are kept as bytes, in chunks. */
export class RememberedRows<R extends Rows> {
  readonly #make: MakeChunk<R>;
  readonly #kind: number | string;
  readonly #perItem: number;
  readonly #perChunk: number;
  readonly #chunks: Remembered<R>[] = [];

  /** @param kind see `Rendering.lines` */
  constructor(make: MakeChunk<R>, rows: R, kind: number | string = '') {
    this.#make = make;
    this.#kind = kind;
    this.#perItem = rows.perItem;
    this.#perChunk = perChunkOf(rows);
  }

  /** Whether rows of the same items differ from these in nothing but what changes from one rendering to the next. */
  isFor(rows: R, kind: number | string): boolean {
    return (
      kind === this.#kind && rows.perItem === this.#perItem && perChunkOf(rows) === this.#perChunk
    );
  }

  /**
   * Renders the rows piece by piece. Nobody may change the bytes: the next rendering shares them.
   * @param isAlone whether nobody reads earlier renderings any more
   */
  *render(rows: R, isAlone: () => boolean): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
    const { items, perItem } = rows;
    const perChunk = this.#perChunk;
    for (let from = 0; from < items.length; from += perChunk) {
      const to = Math.min(from + perChunk, items.length);
      const numbers = rows.numbers(from, to);
      const found = this.#known(items, from, to, perChunk);
      const known = (found?.chunk.fits?.(rows) ?? true) ? found : undefined;
      known?.chunk.update(numbers, rows, isAlone());
      const chunk = known?.chunk ?? this.#make(numbers, rows, from * perItem);
      this.#chunks[from / perChunk] = { chunk, items };
      yield chunk.bytes;
    }
    this.#chunks.length = Math.ceil(items.length / perChunk);
  }

  /** Returns the remembered chunk if it has the same items. */
  #known(
    items: readonly object[],
    from: number,
    to: number,
    perChunk: number,
  ): Remembered<R> | undefined {
    const known = this.#chunks[from / perChunk];
    if (!known || known.items === items) return known;
    const before = known.items;
    if (Math.min(from + perChunk, before.length) !== to) return undefined;
    for (let i = from; i < to; i++) if (before[i] !== items[i]) return undefined;
    return known;
  }
}
