import type { Durability, Storage } from '../storage/storage.ts';

/** A failed attempt to store. */
export interface StorageFailure {
  /** When the attempt was made. Seconds since 1970. */
  readonly at: number;
  /** Why it has failed, in the words of the runtime. */
  readonly reason: string;
}

export interface StorageStatus {
  /**
   * Where the records are kept, as of the last attempt: `memory` if that has failed, `none` without
   * `persist`.
   */
  readonly storage: Storage['kind'] | 'none';
  /** Why the last attempt to store has failed; absent if it has not. The attempt is repeated. */
  readonly storageFailure?: StorageFailure | undefined;
}

/** What a flush has done with all that was recorded before it, in all threads. */
export interface FlushOutcome {
  /** Whether the collector has all of it. */
  readonly collected: boolean;
  /** Whether storage has what the collector has; `undefined` without `persist`. */
  readonly stored: boolean | undefined;
  /** Whether every periodic exporter has succeeded; `undefined` where there is none. */
  readonly exported: boolean | undefined;
  /** What was not done and why, in words; empty if all was done. */
  readonly failures: readonly string[];
}

/** What a collector says of itself. */
export interface CollectorStatus extends StorageStatus, Durability {
  /** How many series it has, of all families and threads. */
  readonly series: number;
  /** How many threads record. */
  readonly threads: number;
}
