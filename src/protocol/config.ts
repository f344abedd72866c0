import type { Erasure, Labels } from '../model.ts';
import type { OwnStorage } from '../storage/storage.ts';
import type { PartConfig } from './feature.ts';
import type { GatheredHandover } from './handover.ts';

export interface CollectorConfig {
  /** Seconds between collection runs. */
  readonly interval: number;
  /** Seconds for which readings wait for `collect` callbacks. */
  readonly collectTimeout?: number | undefined;
  /** On every series. */
  readonly labels: Labels;
  readonly eventLimit: number;
  readonly seriesLimit: number;
  readonly persist: PersistOptions | undefined;
  /** One for each feature that the application uses, in order. */
  readonly parts: readonly PartConfig[];
  /** Whether the collector may end before its owner does, as one in a worker may. */
  readonly mortal: boolean;
  /** What the collector before this one has left. */
  readonly handover: GatheredHandover | undefined;
  /** What is not to come back from storage, where `erase` is not called. */
  readonly erased: Iterable<Erasure>;
}

export interface PersistOptions {
  /** Keeps apart what several applications store in one place. */
  readonly name: string;
  /**
   * Filesystem only; `.utilityfog-telemetry` unless given. Relative to the working directory as it is
   * when the collector is made.
   */
  readonly directory?: string | undefined;
  /**
   * Seconds after which the totals of a series that nobody records any more are forgotten, at the next
   * start; 2,592,000 (30 days) unless given. `Infinity` keeps them.
   */
  readonly maxAge?: number | undefined;
  /**
   * A storage that the application brings, such as `durableObjectStorage()` of
   * `utilityfog-telemetry/edge`. What holds it cannot be handed to a worker: with it the collector
   * runs in this thread, whatever `link` says.
   */
  readonly storage?: OwnStorage | undefined;
}
