import type { NameRule } from '../kinds/names.ts';
import type { Erasure, Labels } from '../model.ts';
import type { OwnStorage } from '../storage/storage.ts';
import type { PartConfig } from './feature.ts';
import type { GatheredHandover } from './handover.ts';

export interface CollectorConfig {
  /** Seconds between collection runs. */
  readonly interval: number;
  /** For how many seconds readings wait for `collect` callbacks. */
  readonly collectTimeout?: number | undefined;
  /** Constant labels on every series. */
  readonly labels: Labels;
  readonly eventLimit: number;
  readonly seriesLimit: number;
  /**
   * Which names metrics and labels may have, whichever thread or feature they are of.
   * @defaultValue `legacy`
   */
  readonly names?: NameRule | undefined;
  readonly persist: PersistOptions | undefined;
  /** One for each feature that the application uses, in order. */
  readonly parts: readonly PartConfig[];
  /** Whether the collector may end before its owner does, as one in a worker may. */
  readonly mortal: boolean;
  /** What the previous collector has left. */
  readonly handover: GatheredHandover | undefined;
  /**
   * What was reset or removed and must not come back from storage. It is for collectors whose `erase` is
   * not called.
   */
  readonly erased: Iterable<Erasure>;
}

/** What is kept over a restart or reload, and where. */
export interface PersistOptions {
  /** Keeps apart what several applications store in one place. */
  readonly name: string;
  /**
   * The directory, for storage in files. A relative path is resolved when the collector is made.
   * @defaultValue `.utilityfog-telemetry`
   */
  readonly directory?: string | undefined;
  /**
   * After so many seconds the totals of a series that nobody records any more are forgotten, at the next start.
   * `Infinity` keeps them.
   * @defaultValue 2,592,000 (30 days)
   */
  readonly maxAge?: number | undefined;
  /**
   * A storage that the application brings, such as `durableObjectStorage()` of `utilityfog-telemetry/edge`.
   * It cannot be handed to a worker, so with it the collector runs in this thread, whatever `link` says.
   */
  readonly storage?: OwnStorage | undefined;
}
