import type { Erasure, TelemetryEvent } from '../model.ts';
import type { PageBuffer } from '../pages/layout.ts';
import type { MemoryCopy } from '../pages/memory-copier.ts';
import type { CollectorConfig } from './config.ts';
import type { EventBatch } from './event-batch.ts';
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
 * What the thread that owns a collector may ask of it, wherever that is. This and what follows is the
 * contract between the threads that record and the collector, whichever way they meet. Every method is
 * asynchronous, since most links are. Arguments and results can be cloned.
 */
export interface SoleService {
  /**
   * In the order in which they were recorded. Those that have arrived before, as their numbers tell, are
   * passed over.
   * @param first how many events of the thread came before
   * @param cleared of those, how many nobody is to have any more
   * @returns how many of the thread's events are there although the collector may end; absent where it does
   * so with the thread
   */
  events(batch: EventBatch, first?: number, cleared?: number): Promise<number | undefined>;
  /** Sets counters, histograms and gauges of a family, or of all, to zero in every other thread. */
  reset(erasure: Erasure): Promise<void>;
  /** The catalogue has something that should not wait for the next run. */
  drain(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** @param exporting whether an exporter of the application asks: then none of those runs */
  flush(exporting?: boolean): Promise<FlushOutcome>;
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
  /** Counts an export that ran in the thread itself. */
  countExport(exporter: string, succeeded: boolean): Promise<void>;
  status(): Promise<CollectorStatus>;
  /** What the application asks of a feature's part. Rejects with what that threw. */
  call(part: string, method: string, args: readonly unknown[]): Promise<unknown>;
  /**
   * Ends everything: a last run, exports, the record in storage, listeners.
   * @param exporting as of `flush`
   */
  shutdown(exporting?: boolean): Promise<void>;
}

/** What any recording thread may ask of a collector that has more than one, or a thread of its own. */
export interface ThreadService extends Omit<SoleService, 'call' | 'shutdown'> {
  /** Answers; a worker that does not is no worker. */
  ping(): Promise<void>;
  /** The thread joins, or after a failure joins again, with all its memory to come. */
  join(hello: ThreadHello): Promise<Welcome>;
  /** Shared or inline memory. */
  addPage(page: number, buffer: PageBuffer): Promise<void>;
  addSegment(buffer: PageBuffer): Promise<void>;
  /** Copies of private memory. */
  publish(copy: MemoryCopy): Promise<void>;
  /** The event loop of a thread without shared memory turned at this time. */
  beat(seconds: number): Promise<void>;
  /** All that the thread had when it joined has been handed over, or will be with the next copy. */
  arrived(): Promise<void>;
  /** What was reset or removed while there was no collector; comes before `join`. */
  erase(erasures: readonly Erasure[]): Promise<void>;
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
  /** Stores what has arrived and asks nobody: for a thread that may end at any moment. */
  save(): Promise<void>;
  serve(options: ServeOptions): Promise<Served>;
  unserve(id: number): Promise<void>;
}

/** What the owner of such a collector may ask of it. */
export interface CollectorService extends ThreadService, SoleService {
  /** The first call on a new collector: settles what holds for its whole life. */
  configure(config: CollectorConfig): Promise<void>;
  /** A thread that joined has ended, as its owner has seen. */
  ended(thread: number): Promise<void>;
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
