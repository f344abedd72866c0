import type { FamilyDefinition, SeriesData } from '../model.ts';
import type { CellReader } from '../pages/thread-reader.ts';

/**
 * A kind of metric, as both sides know it. Each side knows more: see `RecordingKind` in recording-kind.ts and
 * `ReadingKind` below. Nothing else knows which kinds there are.
 *
 * A series is a block of cells in the memory of each thread that records it. A block is all zeros when it is
 * made, and when it is reset: a kind must read that as "nothing was recorded".
 *
 * @typeParam S what is special about a family of this kind, such as the bounds of its buckets. JSON.
 */
export interface Kind<S extends object = object> {
  /** What `TYPE` lines, journals and records call it. */
  readonly type: string;
  /** The label names that its samples use for themselves. */
  readonly reserved?: readonly string[];
  /** The names of all samples that a family writes besides those of its own name. */
  occupies?(name: string): readonly string[];
  /** How many cells the block of a series has. */
  cells(shape: S): number;
}

/** How a collector reads a kind. */
export interface ReadingKind<S extends object = object> extends Kind<S> {
  /** What a snapshot has of a series: in a kind that has `retain`, as many numbers as the block has cells. */
  data(shape: S): SeriesData;
  /**
   * Writes the series from number `from` to before number `to`, over all threads, into `values`, which holds
   * zeros. Each series takes `width` numbers, the first stands at `series * width`.
   */
  read(family: FamilyView<S>, values: Float64Array, width: number, from: number, to: number): void;
  /**
   * What is kept of a series once `block` is added to it: it outlives the thread that recorded it, and a
   * restart. Changes neither. Absent in a kind whose series go with their thread.
   */
  retain?(before: readonly number[] | undefined, block: readonly number[]): number[];
  /** Absent where one thread records and nothing is read from elsewhere: there nobody claims anything. */
  readonly claims?: Claims<S>;
}

/**
 * What can be of the claims of others: threads, parts of features, and records from storage. Any of them may be
 * anybody's code.
 */
export interface Claims<S extends object = object> {
  /** The shape in what is claimed; `undefined` if there is none. Takes over nothing else. */
  shape(claimed: Readonly<Record<string, unknown>>): S | undefined;
  /** Whether our threads may write this into a cell of a block. Absent where they may write anything. */
  isCell?(value: number, cell: number): boolean;
  /** Whether this may have been retained. Absent where nothing is. */
  isRetained?(block: readonly number[]): boolean;
  /** What was recorded after a block held `before`; `undefined` if that is nothing. Absent as above. */
  since?(before: readonly number[], now: readonly number[]): readonly number[] | undefined;
}

/** A family over all threads, to those who read its cells. */
export interface FamilyView<S extends object = object> {
  readonly definition: FamilyDefinition<S>;
  readonly threads: Iterable<ThreadView>;
  /** By the number of the series: a block of what no thread holds any more. */
  readonly retainedBlocks: readonly (readonly number[] | undefined)[];
  /** The number of the overflow series, or -1. */
  readonly overflow: number;
}

/** The blocks of cells that one thread holds of a family. */
export interface ThreadView {
  readonly reader: CellReader;
  /** The address of its block by the number of the series, or `NO_ADDRESS`. */
  readonly addresses: readonly number[];
  /** Blocks of series for which the family had no room: all are part of the overflow series. */
  readonly folded: readonly number[];
  /** The value of a cell, or 0 where that cannot be one. Absent where the thread is trusted. */
  readonly sound?: ((value: number, cell: number) => number) | undefined;
}

/** Of a series that a thread does not have. */
export const NO_ADDRESS = -1;

/** The addresses of a thread's blocks of a series. */
export function blocksOf(
  { addresses, folded }: ThreadView,
  series: number,
  isOverflow: boolean,
): readonly number[] {
  const address = addresses[series] ?? NO_ADDRESS;
  const own = address === NO_ADDRESS ? [] : [address];
  return isOverflow ? [...own, ...folded] : own;
}

/** Kinds by their types. */
export type Kinds = ReadonlyMap<string, ReadingKind>;

export function kindsOf(kinds: readonly ReadingKind[]): Kinds {
  return new Map(kinds.map((kind) => [kind.type, kind]));
}
