import type { Durability, Storage } from '../storage/storage.ts';

/** What an attempt to store has come to. */
export interface StorageFailure {
  /** When it was made. Seconds since 1970. */
  readonly at: number;
  readonly reason: string;
}

export interface StorageStatus {
  /**
   * Where what was recorded is kept, as of the last attempt: `memory` when that has failed, `none`
   * without `persist`.
   */
  readonly storage: Storage['kind'] | 'none';
  /** Why the last attempt to store has failed; absent when it has not. It is tried again. */
  readonly storageFailure?: StorageFailure | undefined;
}

/** What a flush has reached of what was recorded before it was asked for, in all threads. */
export interface FlushOutcome {
  /** Whether the collector has all of it. */
  readonly collected: boolean;
  /** Whether storage has what the collector has; `undefined` without `persist`. */
  readonly stored: boolean | undefined;
  /** Whether every periodic exporter has succeeded; `undefined` where there is none. */
  readonly exported: boolean | undefined;
  /** What was not reached, and why, in words; empty when all was. */
  readonly failures: readonly string[];
}

export interface CollectorStatus extends StorageStatus, Durability {
  readonly series: number;
  readonly threads: number;
}
