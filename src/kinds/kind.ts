import type { FamilyDefinition, NativeHistogram, SeriesData, SeriesLabels } from '../model.ts';
import type { CellReader } from '../pages/thread-reader.ts';

/**
 * A kind of metric, as both sides know it. Each side knows more: see `RecordingKind` in recording-kind.ts and
 * `ReadingKind` below. Nothing else knows which kinds there are.
 *
 * A series is a block of cells in the memory of each thread that records it. A block is all zeros when it is
 * made, and when it is reset: a kind must read that as "nothing was recorded".
 *
 * @typeParam S what only this kind knows of a family, such as the bounds of its buckets. It must fit JSON.
 */
export interface Kind<S extends object = object> {
  /** The name of the kind in `TYPE` lines, journals and records. */
  readonly type: string;
  /**
   * Returns the label names that the samples of a family called `name` use for themselves. A name that makes
   * one which is no label name is refused.
   */
  reserved?(name: string): readonly string[];
  /** Returns the names of the samples that a family called `name` writes, other than `name` itself. */
  occupies?(name: string): readonly string[];
  /** Returns how many cells the block of a series has when it is made. */
  cells(shape: S): number;
  /**
   * Returns how many cells a block has now, as it says itself. Absent in a kind whose blocks keep their size. A
   * hostile thread may say anything.
   */
  size?(cells: Float64Array, index: number, shape: S): number;
  /**
   * Returns a number that changes whenever somebody records the series whose block begins at `index`. By that the
   * collector knows how long nobody has. Absent in a kind whose series are not recorded but only there: they do not
   * expire. A hostile thread may have written anything.
   */
  activity?(cells: Float64Array, index: number, shape: S): number;
}

/** How a collector reads a kind. */
export interface ReadingKind<S extends object = object> extends Kind<S> {
  /** Returns which numbers a snapshot holds for a series. */
  data(shape: S): SeriesData;
  /**
   * Writes the values of the series from number `from` up to, but not including, number `to` into `values`,
   * which holds zeros. A value is that of all threads together. Each series takes `width` numbers, the first
   * at `series * width`. Returns the native buckets of these series, if the family has any.
   */
  read(
    family: FamilyView<S>,
    values: Float64Array,
    width: number,
    from: number,
    to: number,
    // biome-ignore lint/suspicious/noConfusingVoidType: most kinds return nothing
  ): readonly NativeHistogram[] | void;
  /**
   * Adds `block` to what is kept of a series, and returns the result as a new list. What is kept outlives
   * the thread that recorded it, and a restart. Absent in a kind whose series go with their thread.
   */
  retain?(before: readonly number[] | undefined, block: readonly number[], shape: S): number[];
  /**
   * Returns what `retain` would have made of all blocks of a series. `undefined` for a family of which `read`
   * writes just that, and absent in a kind of which it always does.
   */
  merge?(family: FamilyView<S>, series: number): readonly number[] | undefined;
  /** Absent if only one thread records and nothing is read from elsewhere: then nobody claims anything. */
  readonly claims?: Claims<S>;
}

/**
 * Checks what others claim to have recorded: threads, parts of features, and records from storage. Any of
 * them may be anybody's code.
 */
export interface Claims<S extends object = object> {
  /**
   * Returns the shape in what is claimed, and nothing else of it; `undefined` if there is none, or if no
   * family of this kind may have that name.
   */
  shape(claimed: Readonly<Record<string, unknown>>, name: string): S | undefined;
  /**
   * Returns the shape of a family whose series have the native buckets that a part claims; `undefined` if formats cannot
   * write these. Absent in a kind that has none.
   */
  ofNatives?(claimed: unknown): S | undefined;
  /**
   * Whether our threads could have written `value` into a cell. Absent if they may write anything. The collector
   * checks nothing itself: `read` must pass each cell through `ThreadView.sound`.
   */
  isCell?(value: number, cell: number, shape: S): boolean;
  /** Whether `retain` could have returned `block`. Absent in a kind that has no `retain`. */
  isRetained?(block: readonly number[], shape: S): boolean;
  /**
   * Returns the range of values in a bucket, by its number: above the first, up to the second. The first bucket also
   * has `-Infinity`. `undefined` if there is no such bucket. Absent in a kind that has no exemplars.
   */
  exemplarRange?(shape: S, bucket: number): readonly [above: number, upTo: number] | undefined;
  /**
   * Returns what was recorded after a block held `before`; `undefined` if that is nothing, or cannot be told.
   * Absent in a kind that has no `retain`.
   */
  since?(
    before: readonly number[],
    now: readonly number[],
    shape: S,
  ): readonly number[] | undefined;
}

/** A family with the blocks of all threads, as a kind reads it. */
export interface FamilyView<S extends object = object> {
  readonly definition: FamilyDefinition<S>;
  readonly threads: Iterable<ThreadView>;
  /** By the number of the series: what is kept of it and is no longer in the memory of a thread. */
  readonly retainedBlocks: readonly (readonly number[] | undefined)[];
  /** The number of the overflow series, or -1. */
  readonly overflow: number;
  /** The labels of each series, by its number. They are the same object as long as the series exists. */
  readonly labelSets: readonly SeriesLabels[];
  /** Since when each series counts, by its number. Seconds since 1970; 0 or `Infinity` if that is not known. */
  readonly created: readonly number[];
  /** When the reading began. Seconds since 1970. */
  readonly now: number;
}

/** The blocks of cells that one thread holds of a family. */
export interface ThreadView {
  readonly reader: CellReader;
  /** By the number of the series: the address of its block, or `NO_ADDRESS`. */
  readonly addresses: readonly number[];
  /** Addresses of series for which the family had no room. All are part of the overflow series. */
  readonly folded: readonly number[];
  /** Returns `value`, or 0 if no cell can have it. Absent if the thread is trusted. */
  readonly sound?: ((value: number, cell: number) => number) | undefined;
}

/** Stands for the address of a series that a thread does not have. */
export const NO_ADDRESS = -1;

/** Returns the addresses of the blocks that a thread has for a series. */
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
