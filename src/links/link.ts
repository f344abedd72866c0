import type { LinkKind } from '../model.ts';
import type { MemorySink } from '../pages/thread-memory.ts';
import type { CollectorService, ThreadHello } from '../protocol/service.ts';

/** How this thread and the collector meet. */
export interface Link {
  readonly kind: LinkKind;
  /** Its calls reject when the collector's worker fails. They hold the process while they are under way. */
  readonly service: CollectorService;
  /** The channel below the link. It refers to nothing of this thread but the listener for its failure. */
  readonly channel: Channel;
  /** Where this thread's memory goes, in the order of the calls. */
  readonly sink: MemorySink;
  /**
   * Brings the collector up to date if it reads copies. If it reads in place there is nothing to do.
   * @param atOnce does all of its part before it returns, however long that takes
   */
  publish(atOnce?: boolean): Promise<void>;
  /** Says that the event loop turns. `Infinity` says that it cannot be watched. */
  beat(seconds: number): void;
  /** Declares the collector gone. Rejects the calls under way, and tells the owner of the link. */
  fail(reason: string): void;
  /** Ends the worker if it is ours, and rejects the calls under way. */
  close(): void;
}

/** The way to the collector's thread. How memory gets there is settled later, by the link. */
export interface Channel {
  readonly service: CollectorService;
  fail(reason: string): void;
  close(): void;
}

/** What a link must know of the thread. */
export interface LinkOwner {
  readonly main: boolean;
  /** How many events the thread has sent so far, and how many of those it has cleared. */
  readonly events: () => Pick<ThreadHello, 'eventsSent' | 'eventsCleared'>;
  readonly memory: import('../pages/thread-memory.ts').ThreadMemory;
  onJoined(seriesLimit: number): void;
  /** The collector cannot read this thread's memory. */
  onRefused(error: unknown): void;
}
