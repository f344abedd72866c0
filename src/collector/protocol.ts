import type { EventBatch } from '../events/event-batch.ts';
import type { CollectionRun, Erasure, Labels, TelemetryEvent } from '../model.ts';
import type { PageBuffer } from '../pages/layout.ts';
import type { MemoryCopy } from '../pages/memory-copier.ts';
import type { MemoryPart } from '../pages/memory-mirror.ts';
import type { Durability, Storage } from '../storage/storage.ts';

/**
 * The contract between the threads that record and the collector, whichever way they meet. Every
 * method is asynchronous, since most links are; arguments and results can be cloned.
 */
export interface CollectorService extends ThreadService {
  /** The first call on a new collector: settles what holds for its whole life. */
  configure(config: CollectorConfig): Promise<void>;
  /** A thread that joined has ended, as its owner has seen. */
  ended(thread: number): Promise<void>;
  /**
   * Ends everything: a last run, exports, the record in storage, listeners.
   * @param exporting as of `flush`
   */
  shutdown(exporting?: boolean): Promise<void>;
}

/** What any recording thread may ask of the collector. */
export interface ThreadService {
  /** Answers; a worker that does not is no worker. */
  ping(): Promise<void>;
  /** The thread joins, or after a failure joins again, with all its memory to come. */
  join(hello: ThreadHello): Promise<Welcome>;
  /** Shared or inline memory. */
  addPage(page: number, buffer: PageBuffer): Promise<void>;
  addSegment(buffer: PageBuffer): Promise<void>;
  /** Copies of private memory. */
  publish(copy: MemoryCopy): Promise<void>;
  /**
   * In the order in which they were recorded. Those that have arrived before, as their numbers tell, are
   * passed over.
   * @param first how many events of the thread came before
   * @param cleared of those, how many nobody is to have any more
   * @returns how many of the thread's events are there although the collector may end; absent where it does
   * so with the thread
   */
  events(batch: EventBatch, first?: number, cleared?: number): Promise<number | undefined>;
  /** The event loop of a thread without shared memory turned at this time. */
  beat(seconds: number): Promise<void>;
  /** All that the thread had when it joined has been handed over, or will be with the next copy. */
  arrived(): Promise<void>;
  /** Sets counters, histograms and gauges of a family, or of all, to zero in every other thread. */
  reset(erasure: Erasure): Promise<void>;
  /** What was reset or removed while there was no collector; comes before `join`. */
  erase(erasures: readonly Erasure[]): Promise<void>;
  /** The catalogue has something that should not wait for the next run. */
  drain(): Promise<void>;
  /** The thread holds the Web Lock of this name for as long as it lives. */
  lifeline(lock: string): Promise<void>;
  /** The thread ends and has handed over everything. */
  leave(): Promise<void>;

  /**
   * The port of another thread, which speaks `ThreadService` over it.
   * @param thread its number; without one the collector numbers it, and hands the owner the port by
   * which it can follow to the next
   */
  acceptPort(port: MessagePort, thread?: number): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** @param exporting whether an exporter of the application asks: then none of those runs */
  flush(exporting?: boolean): Promise<FlushOutcome>;
  /** Stores what has arrived and asks nobody: for a thread that may end at any moment. */
  save(): Promise<void>;
  snapshot(): Promise<unknown>;
  getEvents(limit: number): Promise<TelemetryEvent[]>;
  render(request: RenderRequest): Promise<Rendered>;
  runExport(plan: ExportPlan): Promise<ExportOutcome>;
  /**
   * Exports now and then every `interval` seconds. Without a plan the thread is called back, with
   * its `ticket`, which it chose since the first call comes before the answer to this one.
   */
  schedule(plan: ExportPlan | undefined, interval: number, ticket: number): Promise<ScheduleId>;
  unschedule(id: ScheduleId): Promise<void>;
  serve(options: ServeOptions): Promise<Served>;
  unserve(id: number): Promise<void>;
  /** Counts an export that ran in the thread itself. */
  countExport(exporter: string, succeeded: boolean): Promise<void>;
  status(): Promise<CollectorStatus>;
}

/** What the collector asks of a recording thread. */
export interface ThreadClient extends RecordingClient {
  /** Hands over the events that wait; they arrive before the answer. */
  sendEvents(): Promise<void>;
  erase(erasure: Erasure): Promise<void>;
}

/** What it asks also of the only one. */
export interface RecordingClient {
  /**
   * Runs `collect` callbacks and, where memory is private, publishes copies. Resolves soon, when the
   * collector has received them, to whether callbacks are still under way.
   */
  refresh(): Promise<boolean>;
  /** The same, and calls nothing: resolves once those under way are back, or have had so many seconds. */
  collected(seconds: number): Promise<void>;
  collectionRan(run: CollectionRun): Promise<void>;
  /** Time for the exporter that was scheduled without a plan. Resolves to whether it succeeded. */
  exportDue(ticket: number): Promise<boolean>;
  /** How the exporter fared that was scheduled with a plan. */
  exported(ticket: number, succeeded: boolean): Promise<void>;
}

/** As the owner has gathered it. */
export interface GatheredEstate extends Omit<KeptEstate, 'events'> {
  readonly events: readonly EventsPart[];
}

/** An `Estate`, encoded: with all families it may be several MB, and those seldom change. */
export interface KeptEstate {
  readonly latest: Uint8Array;
  /** Families, and nothing else; absent where they are as they were. */
  readonly totals?: Uint8Array | undefined;
  /** Of threads that have joined, in order: what is new of their memory, or all of it. */
  readonly memory?: readonly (readonly [thread: number, part: MemoryPart])[] | undefined;
  /** Absent where they are as they were. */
  readonly events?: EventsPart | undefined;
}

/** What is new in the log of events, oldest first. */
export interface EventsPart {
  /** So many of those that came before are still in it. */
  readonly before: number;
  readonly count: number;
  /** One a line. */
  readonly texts: Uint8Array;
}

/** What the collector asks of the thread that owns it. */
export interface OwnerClient extends ThreadClient, SoleClient {
  /** For the collector that may have to replace this one. */
  keep(estate: KeptEstate): Promise<void>;
  /** For the application's logger: what is no reason to act. */
  inform(message: string): Promise<void>;
  /** A thread joined over another one's port; by this one it can follow to the next collector. */
  adopt(thread: number, successor: MessagePort): Promise<void>;
  /** The thread of that number has ended, and what it leaves has been handed over. */
  threadLeft(thread: number): Promise<void>;
}

/** What it asks of a thread that is the owner and the only one. */
export interface SoleClient extends RecordingClient {
  /** For the application's logger. */
  warn(message: string): Promise<void>;
}

export type ScheduleId = number;

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
  /** Whether the collector may end before its owner does, as one in a worker may. */
  readonly mortal: boolean;
  /** What the collector before this one has left. */
  readonly estate: GatheredEstate | undefined;
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
  readonly storage?: Storage | undefined;
}

export interface ThreadHello {
  readonly control: PageBuffer;
  /** Whether the collector reads the thread's own memory, and not copies of it. */
  readonly direct: boolean;
  /** The thread whose stalls are measured. */
  readonly main: boolean;
  /** How many events the thread has sent so far, to this collector or one before, and will not again. */
  readonly eventsSent: number;
  /** Of those so many nobody is to have any more. */
  readonly eventsCleared?: number | undefined;
}

export interface Welcome {
  readonly seriesLimit: number;
}

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

export type FormatName = 'prometheus' | 'json';

export interface RenderRequest {
  /** Prometheus' text unless given. */
  readonly format?: FormatName | undefined;
  readonly pretty?: boolean | undefined;
  readonly gzip?: boolean | undefined;
  /** Seconds for which to wait for `collect` callbacks, as far as whoever asks can wait. */
  readonly timeout?: number | undefined;
}

export interface Rendered {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

/** An export that the collector's side can do by itself. */
export interface ExportPlan {
  /** The `exporter` label of `telemetry_exports_total`. */
  readonly exporter: string;
  readonly format: FormatName;
  readonly pretty?: boolean | undefined;
  readonly destination: string;
  /** Permissions of a file. */
  readonly mode?: number | undefined;
  /** The same as a file, where there are files: its path from the root on. */
  readonly file?: string | undefined;
}

export interface ExportOutcome {
  readonly succeeded: boolean;
  /** Why not. */
  readonly error?: string | undefined;
  readonly durability?: Durability | undefined;
}

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly bearerToken?: string | undefined;
  readonly hosts?: readonly string[] | undefined;
}

export interface Served {
  readonly id: number;
  readonly url: string;
}
