import type { Pieces } from '../bytes/pieces.ts';

/**
 * Keeps bytes beyond the life of a process or a tab.
 *
 * A name stands for any number of records. Each belongs to one owner (an open `Store`) at a time,
 * so that processes and tabs never write over each other; what owners leave behind when they end
 * is claimed by those that come later, once and by one of them.
 *
 * All methods reject with the original error when what is below refuses (full disk, no permission,
 * blocked IndexedDB). Damaged records are no error: they are set aside.
 */
export interface Storage {
  readonly kind: 'filesystem' | 'indexeddb' | 'key-value' | 'memory';

  /** Absent where nothing can be said of it. */
  readonly durability?: Durability | undefined;

  /** Opens the records kept under `name` (any string), as a new owner with a record of its own. */
  open(name: string): Promise<Store>;
}

/** Keeps values under keys of their own, which have nothing to do with records. */
export interface ValueStorage {
  /** Absent where nothing can be said of it. */
  readonly durability?: Durability | undefined;

  /**
   * Replaces the whole value in one step; exporters write here.
   * @param bytes not to be read any more once it has settled: others are written in their place
   */
  put(destination: string, bytes: Pieces, options?: PutOptions): Promise<void>;
}

/** What an application brings: for records, and for what exporters write. */
export interface OwnStorage extends Storage, ValueStorage {}

/** How to write a file; elsewhere there are no such things. */
export interface PutOptions {
  /** Its permissions; unless given, those of the file that it replaces, or as for any new file. */
  readonly mode?: number | undefined;
}

/** Whether what was written outlives a power cut, as far as it is known by now. */
export interface Durability {
  /** `undefined` as long as nothing was written. */
  readonly durable?: boolean | undefined;
  readonly whyNotDurable?: string | undefined;
}

/** One owner's view of the records under a name. */
export interface Store {
  /** Names this owner, and its record. */
  readonly id: string;

  /**
   * Takes over the records of owners that are gone, and gives `take` one after the other, so that no two
   * are in memory at a time. Each is given once, to one store, also if the claim rejects after that.
   *
   * Add them to your own state before the next `write`: from then on they count as absorbed.
   *
   * @param take throws for a payload that nobody can make use of: its record is set aside
   * @param included ids of owners that are known to be gone although their process or tab lives, and of
   *   records whose content your state has already: they are taken, whoever holds them, and given, too
   * @returns where records that cannot be read are now, set aside if that was possible, and why; for the log
   */
  claim(
    take: (record: ClaimedRecord) => void,
    included?: readonly string[],
  ): Promise<readonly string[]>;

  /**
   * Replaces this owner's record in one step, then deletes the records claimed before the call. A
   * crash between the two counts nothing twice: the record lists the ids that it has absorbed,
   * and a later claim deletes those instead of returning them. When only the deletion fails, the
   * record is written, the call rejects, and the next one tries the deletion again.
   *
   * @param payload not to be read any more once it has settled: others are written in its place
   */
  write(payload: Pieces): Promise<void>;

  /** Gives the record up for others to claim. Later calls of `write` and `claim` reject. */
  close(): Promise<void>;
}

export interface ClaimedRecord {
  readonly id: string;
  readonly payload: Uint8Array;
}

/** An owner and its record, unique without coordination. */
export function randomId(): string {
  // Not `randomUUID`: browsers offer it in secure contexts only.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Milliseconds after its last write when an owner counts as gone although nothing can tell: it is
 * on another host, or in a browser without Web Locks. An owner that writes less often than this
 * must not be left to that rule.
 */
export const ABANDONED_AFTER = 3_600_000;
