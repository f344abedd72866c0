import type { Erasure, TelemetryEvent } from '../model.ts';
import type { PageBuffer } from '../pages/layout.ts';
import type { MemoryCopy } from '../pages/memory-copier.ts';
import type { CollectorConfig } from './config.ts';
import type { EventBatch } from './event-batch.ts';
import type { SentExemplar } from './exemplar-batch.ts';
import type { PartConfig } from './feature.ts';
import type {
  ExportOutcome,
  ExportPlan,
  Rendered,
  RenderRequest,
  ScheduleId,
  Served,
  ServeOptions,
} from './requests.ts';
import type { CollectorStatus, FlushOutcome } from './status.ts';

/**
 * What the thread that owns a collector may ask of it, wherever that collector is. This file is the
 * contract between the threads that record and the collector, for every link. Every method is asynchronous,
 * since most links are. Arguments and results can be cloned.
 */
export interface SoleService {
  /**
   * Takes events, in the order in which they were recorded. Their numbers tell which have arrived before;
   * those are skipped.
   * @param first how many events of the thread came before
   * @param cleared how many of those were cleared, so that nobody must get them any more
   * @returns how many of the thread's events survive if the collector ends; `undefined` if the collector
   * can only end together with the thread
   */
  events(batch: EventBatch, first?: number, cleared?: number): Promise<number | undefined>;
  /**
   * Takes exemplars. Those of series that the catalogue has yet to tell of wait for a while, and are dropped if it
   * does not.
   */
  exemplars(batch: readonly SentExemplar[]): Promise<void>;
  /** Sets counters, histograms and gauges of a family, or of all, to zero in every other thread. */
  reset(erasure: Erasure): Promise<void>;
  /** Says that the catalogue has something that should not wait for the next run. */
  drain(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /**
   * @param exporting whether an exporter of the application asks. Then none of the application's exporters
   * runs.
   */
  flush(exporting?: boolean): Promise<FlushOutcome>;
  snapshot(): Promise<unknown>;
  getEvents(limit: number): Promise<TelemetryEvent[]>;
  render(request: RenderRequest): Promise<Rendered>;
  runExport(plan: ExportPlan): Promise<ExportOutcome>;
  /**
   * Exports now, and then every `interval` seconds. Without a plan the collector calls the thread back with
   * its `ticket`. The thread chooses it, since the first call comes before the answer to this one.
   */
  schedule(plan: ExportPlan | undefined, interval: number, ticket: number): Promise<ScheduleId>;
  unschedule(id: ScheduleId): Promise<void>;
  /** Counts an export that ran in the thread itself. */
  countExport(exporter: string, succeeded: boolean): Promise<void>;
  status(): Promise<CollectorStatus>;
  /** Calls a method of a feature's part for the application. Rejects with what the part threw. */
  call(part: string, method: string, args: readonly unknown[]): Promise<unknown>;
  /** Adds a feature that the application uses from now on. If it is there already, it stays as it is. */
  addPart(part: PartConfig): Promise<void>;
  /**
   * Takes what a thread has recorded for the part of a feature.
   * @returns what the part answers; `undefined` while no such part runs
   */
  take(part: string, batch: unknown): Promise<unknown>;
  /**
   * Ends everything, after a last run, the exports and the record in storage. Closes the listeners.
   * @param exporting as for `flush`
   */
  shutdown(exporting?: boolean): Promise<void>;
}

/** What any recording thread may ask of a collector that has several threads, or a thread of its own. */
export interface ThreadService extends Omit<SoleService, 'call' | 'addPart' | 'shutdown'> {
  /** Answers, and nothing else. A worker that does not answer counts as failed. */
  ping(): Promise<void>;
  /** Lets the thread join, or after a failure join again. All its memory follows. */
  join(hello: ThreadHello): Promise<Welcome>;
  /** Adds a page of shared or inline memory. */
  addPage(page: number, buffer: PageBuffer): Promise<void>;
  addSegment(buffer: PageBuffer): Promise<void>;
  /** Takes copies of private memory. */
  publish(copy: MemoryCopy): Promise<void>;
  /** Says when the event loop of a thread without shared memory has last turned. */
  beat(seconds: number): Promise<void>;
  /** Says that all that the thread had when it joined has been handed over, or will be with the next copy. */
  arrived(): Promise<void>;
  /** Tells what was reset or removed while there was no collector. Comes before `join`. */
  erase(erasures: readonly Erasure[]): Promise<void>;
  /** Names the Web Lock that the thread holds for as long as it lives. */
  lifeline(lock: string): Promise<void>;
  /** Says that the thread ends and has handed over everything. */
  leave(): Promise<void>;
  /**
   * Takes the port of another thread, which speaks `ThreadService` over it.
   * @param thread its number. Without one the collector numbers it, and hands the owner a port over which
   * the thread can follow to the next collector.
   */
  acceptPort(port: MessagePort, thread?: number): Promise<void>;
  /**
   * Stores what has arrived, and asks no thread for more. It is for a thread that may end at any moment.
   * @param isLast whether it is to be sent, too, if the owner asks
   */
  save(isLast?: boolean): Promise<void>;
  serve(options: ServeOptions): Promise<Served>;
  unserve(id: number): Promise<void>;
}

/** What the owner of such a collector may ask of it. */
export interface CollectorService extends ThreadService, SoleService {
  /** Sets what holds for the collector's whole life. This is the first call on a new collector. */
  configure(config: CollectorConfig): Promise<void>;
  /** Says that a joined thread has ended, as the owner has noticed. */
  ended(thread: number): Promise<void>;
}

export interface ThreadHello {
  readonly control: PageBuffer;
  /** Whether the collector reads the thread's own memory, and not copies of it. */
  readonly direct: boolean;
  /** Whether this is the thread whose stalls are measured. */
  readonly main: boolean;
  /**
   * How many events the thread has sent so far, to this collector or an earlier one, and will not send
   * again.
   */
  readonly eventsSent: number;
  /** How many of those were cleared, so that nobody must get them any more. */
  readonly eventsCleared?: number | undefined;
}

export interface Welcome {
  readonly seriesLimit: number;
}
