import type { LinkKind } from '../model.ts';
import type { MemorySink } from '../pages/thread-memory.ts';
import type { CollectorService, ThreadHello } from '../protocol/service.ts';

/** How this thread and the collector meet. */
export interface Link {
  readonly kind: LinkKind;
  /** Calls reject when the collector's worker fails, and hold the process while under way. */
  readonly service: CollectorService;
  /** Knows nothing of this thread but how to tell it of a failure. */
  readonly channel: Channel;
  /** Where this thread's memory goes, in the order of the calls. */
  readonly sink: MemorySink;
  /**
   * Brings the collector up to date where it reads copies; elsewhere there is nothing to do.
   * @param atOnce does all of its part before it returns, however long that takes
   */
  publish(atOnce?: boolean): Promise<void>;
  /** Says that the event loop turns, or `Infinity` that it cannot be watched. */
  beat(seconds: number): void;
  /** Declares the collector gone: rejects the calls under way, and tells the owner of the link. */
  fail(reason: string): void;
  /** Ends the worker if there is one of ours, and rejects the calls under way. */
  close(): void;
}

/** The way to the collector's thread, before it is settled how memory gets there. */
export interface Channel {
  readonly service: CollectorService;
  fail(reason: string): void;
  close(): void;
}

/** What a link must know of the thread. */
export interface LinkOwner {
  readonly main: boolean;
  /** How many events the thread has sent so far, and of those has cleared. */
  readonly events: () => Pick<ThreadHello, 'eventsSent' | 'eventsCleared'>;
  readonly memory: import('../pages/thread-memory.ts').ThreadMemory;
  welcomed(seriesLimit: number): void;
  /** The collector cannot read this thread's memory. */
  refused(error: unknown): void;
}
