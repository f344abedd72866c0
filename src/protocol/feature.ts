import type { MetricFamily, Snapshot } from '../model.ts';
import type { Clock } from '../platform/clock.ts';

/**
 * What an application switches on with `use`: a part that runs beside the collector, mostly in a worker,
 * and what the application holds of it.
 */
export interface Feature<Api = unknown> {
  /** Up to 64 letters, digits, `-` and `_`. No other feature of the collector has the same. */
  readonly name: string;
  /** What the part is started with. It must be what `structuredClone` can copy. */
  readonly config?: unknown;
  readonly code: FeatureCode;
  /** What `collector.feature()` returns. */
  api(call: FeatureCall): Api;
}

/**
 * Calls a method of the part, with arguments that can be cloned. Rejects with an error that has the message
 * of what the part has thrown, or says that it has no such method. Rejects with a `TelemetryError` whose
 * code is `worker_failed` where the worker has ended meanwhile: the method may have run or not.
 */
export type FeatureCall = (method: string, ...args: readonly unknown[]) => Promise<unknown>;

/**
 * The code of a part, in the forms in which it reaches the collector. A worker that has a file imports the
 * URL. One that was started from text has the text with it, or imports the URL. A collector in the
 * application's thread has the module. `text` and `module` are called only when they are needed.
 */
export interface FeatureCode {
  /** A module that the worker imports; relative to nothing, so `new URL('./part.js', import.meta.url)`. */
  url?(): URL | string;
  /**
   * The same as text, for workers that were started from text and where no file is to be had: a script
   * that sets `exports.name` and `exports.start`, and imports nothing.
   */
  text?(): Promise<string>;
  /** The module itself, for a collector in the thread of the application. */
  module(): Promise<PartModule>;
}

/** What the module of a part exports. */
export interface PartModule {
  /** The same as the feature's. */
  readonly name: string;
  start(host: PartHost, config: never): Part | Promise<Part>;
}

/**
 * What runs beside the collector. Whatever it throws is counted and told, and goes no further. Its start, a
 * flush and its end are waited for ten seconds each.
 */
export interface Part {
  /** Called with what the collector knows, after each collection run has brought that up to date. */
  sampled?(snapshot: Snapshot): void;
  /** Metric families that are shown with those of the collector. Asked for with each snapshot. */
  adds?(): readonly MetricFamily[];
  /** What the application may call. Answers are cloned. */
  readonly calls?: Readonly<Record<string, (...args: never[]) => unknown>>;
  /** Delivers what waits. It is part of the application's `flush()` and `shutdown()`. */
  flush?(): Promise<void>;
  close?(): Promise<void>;
  /** What must survive: a worker that fails, and with `persist` a restart. */
  readonly keeps?: PartState;
}

/** At most a million characters: it goes where the totals go. */
export interface PartState {
  /** Asked for before anything is stored or shown. */
  write(): string;
  /**
   * Called once for each owner that is gone: at the start, or as soon as storage has opened. What several
   * tabs of a page have left comes one after the other.
   */
  restore(state: string): void;
}

/** What the collector offers to a part. */
export interface PartHost {
  /** `every` and `after` hold no process; `pause` and `within` do. */
  readonly clock: Clock;
  /** Everything as of now, over all threads. */
  read(): Promise<Snapshot>;
  /** The part of another feature, which stands before this one in `use`. */
  part<T extends Part>(name: string): T | undefined;
  /** Counts a failure in `telemetry_errors_total` and tells the application's logger. */
  fail(reason: string, message: string): void;
}

/** What the collector is sent of a feature. */
export interface PartConfig {
  readonly name: string;
  readonly config: unknown;
  readonly url?: string | undefined;
}
