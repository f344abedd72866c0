import type { Labels, MetricFamily, Snapshot } from '../model.ts';
import type { Clock } from '../platform/clock.ts';
import type { Blobs } from '../storage/blobs.ts';
import type { Outbox, OutboxOptions } from './outbox.ts';
import type { ExportPlan } from './requests.ts';

/**
 * What an application switches on with `use`. It has a part, which runs beside the collector and mostly in
 * a worker, and an API for the application.
 */
export interface Feature<Api = unknown> extends FeaturePart {
  /** Further parts that its part needs. They start before it, and come with it by the same ways. */
  readonly needs?: readonly FeaturePart[] | undefined;
  /**
   * Further parts whose code is loaded only when its part asks for them with `load()`. A worker that cannot import the
   * URL of one asks for its text, as it asks for answers: by the name of that part.
   */
  readonly later?: readonly FeaturePart[] | undefined;
  /** What the part may ask the application, by name. Answers must fit a message. */
  readonly answers?: Readonly<Record<string, () => unknown>> | undefined;
  /**
   * Makes what `collector.feature()` returns. It is called once for each collector.
   * @param others the names of the features that come before this one in `use`, as parts find each other by that order
   */
  api(call: FeatureCall, others: readonly string[]): Api;
}

/** A part of a feature, and how its code reaches the collector. */
export interface FeaturePart {
  /** Up to 64 letters, digits, `-` and `_`. No other part of the collector has the same. */
  readonly name: string;
  /** What the part is started with. `structuredClone` must be able to copy it. */
  readonly config?: unknown;
  /** How its code is loaded. */
  readonly code: FeatureCode;
}

/**
 * Calls a method of the part, with arguments that can be cloned. It rejects with an error that has the
 * message of what the part has thrown, or says that there is no such method. If the worker ends meanwhile
 * it rejects with a `TelemetryError` whose code is `worker_failed`: the method may have run or not.
 */
export type FeatureCall = (method: string, ...args: readonly unknown[]) => Promise<unknown>;

/**
 * The code of a part, in the forms in which it can reach the collector. A worker that has a file imports
 * the URL. One that was started from text has the text with it, or imports the URL. A collector in the
 * application's thread uses the module. `text` and `module` are called only when they are needed.
 */
export interface FeatureCode {
  /**
   * The URL of a module that the worker imports. It must be absolute: `new URL('./part.js',
   * import.meta.url)`.
   */
  url?(): URL | string;
  /**
   * The same code as text, for workers that were started from text and cannot have a file. It is a script
   * that sets `exports.name` and `exports.start`, and imports nothing.
   */
  text?(): Promise<string>;
  /** The module itself, for a collector in the thread of the application. */
  module(): Promise<PartModule>;
}

/** What the module of a part exports. */
export interface PartModule {
  /** The same name as the feature's. */
  readonly name: string;
  /**
   * Starts the part. It is called once for each collector.
   * @param config what the feature has as its `config`
   */
  start(host: PartHost, config: never): Part | Promise<Part>;
}

/**
 * The part of a feature, which runs beside the collector. Whatever it throws is counted and reported, and
 * goes no further. Its start, a flush and its end are each waited for ten seconds.
 */
export interface Part {
  /** Called after each collection run, with what the collector knows then. */
  sampled?(snapshot: Snapshot): void;
  /** Returns metric families that are shown with those of the collector. Called for each snapshot. */
  adds?(): readonly MetricFamily[];
  /** The methods that the application may call. Their answers are cloned. */
  readonly calls?: Readonly<Record<string, (...args: never[]) => unknown>>;
  /**
   * Takes what a thread has recorded for it, and returns what that thread is told, or a promise of it. Any thread may
   * send something, and may be anybody's code: so the part must check it.
   */
  takes?(batch: unknown): unknown;
  /** Delivers what waits. `flush()` and `shutdown()` of the application call it. */
  flush?(): Promise<void>;
  /** Ends the part. Nothing is asked of it afterwards. */
  close?(): Promise<void>;
  /**
   * Writes what must not be lost, as far as nothing has to be waited for before it is on its way: the page may be
   * about to end.
   */
  save?(): Promise<void>;
  /** What must survive a worker that fails, and with `persist` a restart. */
  readonly keeps?: PartState;
}

/** What a part keeps. At most a million characters, since it goes where the totals go. */
export interface PartState {
  /** Returns what the part keeps. Called before anything is stored or shown. */
  write(): string;
  /**
   * Called once for each owner that is gone, at the start or as soon as storage has opened. What several
   * tabs of a page have left comes one after the other.
   */
  restore(state: string): void;
}

/** What the collector offers to a part. */
export interface PartHost {
  /** `every` and `after` hold no process; `pause` and `within` do. */
  readonly clock: Clock;
  /** Resolves to everything as of now, over all threads. */
  read(): Promise<Snapshot>;
  /** Returns the part of another feature, which must come before this one in `use`. */
  part<T extends Part>(name: string): T | undefined;
  /**
   * Loads and starts one of the parts that the feature has for `later`. Resolves to the same part each time. If it
   * rejects, the next call tries again.
   */
  load<T extends Part>(name: string): Promise<T>;
  /**
   * Opens what the part keeps in storage, which may be large. Nothing else has that name. Resolves to `undefined` if
   * the collector has no `persist`, or no storage.
   */
  blobs(name: string): Promise<Blobs | undefined>;
  /**
   * Calls the hooks of that type, in the thread that has started the collector: see `addHook`. They are called for each
   * of `told`, which must fit a message together.
   */
  hook(type: string, ...told: readonly unknown[]): void;
  /** Adds an event to the log of the collector. The value and the labels must fit JSON. No hook is called. */
  event(name: string, value: unknown, labels: Labels): void;
  /**
   * Sends a request by HTTP, behind those that the part has given before with the same plan. If that cannot be done
   * now it waits, as the plan says. If the plan asks for headers, the feature has `answers.headers`, which is called
   * before each request.
   * @param isLast whether the page may be about to end, so that it is sent at once
   * @returns a promise that resolves once it waits for its turn. What it resolves to tells whether it has arrived, once
   *   it has or was given up
   */
  deliver(plan: ExportPlan, body: PartBody, isLast?: boolean): Promise<PartDelivery>;
  /** Makes an outbox, for what is news only in its newest state. The part must close it. */
  outbox(options: OutboxOptions): Outbox;
  /**
   * Asks the application's side of the feature for one of its `answers`. Resolves to `undefined` if it has none of that
   * name, and rejects with what it has thrown. The application may be busy, so do not wait for long.
   */
  ask(question: string): Promise<unknown>;
  /** Counts a failure in `telemetry_errors_total`, and tells the application's logger. */
  fail(reason: string, message: string): void;
}

/** A request that a part has written. */
export interface PartBody {
  /** The body, as it is sent. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many spans it has. */
  readonly count: number;
}

/** What becomes of such a request. */
export interface PartDelivery {
  /** Resolves to whether it has arrived. */
  readonly arrives: Promise<boolean>;
}

/** What the collector is told of a feature. */
export interface PartConfig {
  readonly name: string;
  readonly config: unknown;
  readonly url?: string | undefined;
  /** The code of the part, for a worker that cannot import the URL. */
  readonly text?: string | undefined;
  /** The parts that it may ask for later. */
  readonly later?: readonly PartConfig[] | undefined;
}
