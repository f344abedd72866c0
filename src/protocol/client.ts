import type { CollectionRun, Erasure } from '../model.ts';
import type { KeptHandover } from './handover.ts';

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

/** What the collector asks of the thread that owns it. */
export interface OwnerClient extends ThreadClient, SoleClient {
  /** For the collector that may have to replace this one. */
  keep(handover: KeptHandover): Promise<void>;
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
