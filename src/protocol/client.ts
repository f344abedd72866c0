import type { CollectionRun, DeliveryReport, Erasure, IdleSeries } from '../model.ts';
import type { KeptHandover } from './handover.ts';

/** What a thread is told of a collection run. It knows itself how long it has worked. */
export type RunReport = Omit<CollectionRun, 'thread_seconds'>;

/** What the collector asks of a recording thread that may be one of several. */
export interface ThreadClient extends RecordingClient {
  /** Hands over the events that wait; they arrive before the answer. */
  sendEvents(): Promise<void>;
  erase(erasure: Erasure): Promise<void>;
}

/** What the collector asks of any recording thread, even if it is the only one. */
export interface RecordingClient {
  /**
   * Runs `collect` callbacks and, where memory is private, publishes copies. Resolves soon, when the
   * collector has received them, to whether callbacks are still under way.
   */
  refresh(): Promise<boolean>;
  /**
   * Waits for the callbacks that are under way, for so many seconds at most, and calls no others. Then
   * publishes copies as `refresh` does.
   */
  collected(seconds: number): Promise<void>;
  /** Lets series go, but none that were recorded since the collector looked. Then publishes copies. */
  expire(idle: readonly IdleSeries[]): Promise<void>;
  collectionRan(run: RunReport): Promise<void>;
  /**
   * Says that it is time for an exporter that was scheduled without a plan. Resolves to whether it
   * succeeded.
   */
  exportDue(ticket: number): Promise<boolean>;
  /**
   * Returns further headers for an export that was scheduled with a plan, which says that it asks for them. Rejects
   * with what the application threw.
   */
  exportHeaders(ticket: number): Promise<Readonly<Record<string, string>>>;
  /** Says whether an export that was scheduled with a plan has succeeded. */
  exported(ticket: number, succeeded: boolean): Promise<void>;
}

/** What the collector asks of the thread that owns it. */
export interface OwnerClient extends ThreadClient, SoleClient {
  /** Keeps this for the collector that may have to replace this one. */
  keep(handover: KeptHandover): Promise<void>;
  /** Tells the application's logger something that needs no action. */
  inform(message: string): Promise<void>;
  /**
   * Says that a thread has joined over another thread's port, and over which port it can follow to the next
   * collector.
   */
  adopt(thread: number, successor: MessagePort): Promise<void>;
  /** Says that the thread has ended, and that what it leaves has been handed over. */
  threadLeft(thread: number): Promise<void>;
}

/** What the collector asks of a thread that is its owner and the only one. */
export interface SoleClient extends RecordingClient {
  /** Warns through the application's logger. */
  warn(message: string): Promise<void>;
  /** Says what has become of an export. */
  delivery(report: DeliveryReport): Promise<void>;
  /** Calls the hooks of a type for a feature's part, for each of what they are told. */
  hook(type: string, told: readonly unknown[]): Promise<void>;
  /** Answers what a part asks the application's side of its feature. Rejects with what that has thrown. */
  answer(part: string, question: string): Promise<unknown>;
}
