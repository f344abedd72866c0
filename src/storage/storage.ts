import type { Pieces } from '../bytes/pieces.ts';

/**
 * Keeps bytes beyond the life of a process or a tab.
 *
 * A name stands for any number of records. Each belongs to one owner (an open `Store`) at a time, so that
 * processes and tabs never write over each other. When an owner ends, a later one claims its record; each
 * record is claimed only once.
 *
 * All methods reject with the original error when the system below refuses (full disk, no permission,
 * blocked IndexedDB). Damaged records are no error: they are set aside.
 */
export interface Storage {
  /** Where bytes are kept. */
  readonly kind: 'filesystem' | 'indexeddb' | 'key-value' | 'memory';

  /** Absent where nothing is known about it. */
  readonly durability?: Durability | undefined;

  /** Opens the records kept under `name` (any string), as a new owner with a record of its own. */
  open(name: string): Promise<Store>;
}

/** Keeps values under keys of their own, apart from records. */
export interface ValueStorage {
  /** Absent where nothing is known about it. */
  readonly durability?: Durability | undefined;

  /**
   * Replaces the whole value in one step. Exporters write here.
   * @param bytes must not be read any more once this has settled: they are overwritten then
   */
  put(destination: string, bytes: Pieces, options?: PutOptions): Promise<void>;
}

/** A storage that an application brings, for records and for what exporters write. */
export interface OwnStorage extends Storage, ValueStorage {}

/** How to write a file. Storages without files ignore it. */
export interface PutOptions {
  /**
   * The permissions of the file. Unless given, it has those of the file that it replaces, or of any new
   * file.
   */
  readonly mode?: number | undefined;
}

/** Whether what was written outlives a power cut, as far as is known by now. */
export interface Durability {
  /** `undefined` until something was written. */
  readonly durable?: boolean | undefined;
  /** Why they may be lost. Absent if they may not, or if nothing is known. */
  readonly whyNotDurable?: string | undefined;
}

/** The records under a name, as one owner uses them. */
export interface Store {
  /** The id of this owner, and of its record. */
  readonly id: string;

  /**
   * Takes over the records of owners that are gone. It calls `take` with one after the other, so that no
   * two are in memory at a time. Each is given once, to one store, even if the claim rejects after that.
   *
   * Add them to your own state before the next `write`: from then on they count as absorbed.
   *
   * @param take throws if nobody can make use of a payload; its record is then set aside
   * @param included ids of owners that are known to be gone although their process or tab lives, and of
   * records whose content your state already has; their records are taken, whoever holds them, and given,
   * too
   * @returns for the log: where records that cannot be read are now, set aside if that was possible, and
   * why
   */
  claim(
    take: (record: ClaimedRecord) => void,
    included?: readonly string[],
  ): Promise<readonly string[]>;

  /**
   * Replaces this owner's record in one step, then deletes the records that were claimed before the call. A
   * crash between the two counts nothing twice: the record lists the ids that it has absorbed, and a later
   * claim deletes those and does not return them. If only the deletion fails, the record is written, the
   * call rejects, and the next call tries the deletion again.
   *
   * @param payload must not be read any more once this has settled: it is overwritten then
   */
  write(payload: Pieces): Promise<void>;

  /** Gives the record up, so that others can claim it. Later calls of `write` and `claim` reject. */
  close(): Promise<void>;
}

export interface ClaimedRecord {
  /** Tells the record from others of the same name. */
  readonly id: string;
  /** What its owner has stored in it last. */
  readonly payload: Uint8Array;
}

/**
 * After so long without a write an owner counts as gone, if nothing else can tell: it is on another host,
 * or in a browser without Web Locks. An owner that writes less often must not depend on that rule.
 * Milliseconds.
 */
export const ABANDONED_AFTER = 3_600_000;
