import type { Endpoint } from 'comlink';
import type { ServeOptions } from '../http/access-options.ts';
import type { OwnerClient } from '../protocol/client.ts';
import type { CollectorService } from '../protocol/service.ts';
import type { CodeOfParts } from './feature-code.ts';

/**
 * A worker that an application starts: a web `Worker`, or one of `node:worker_threads`. The interface lists
 * only what both have, since the types of the one are unknown where the other is used.
 */
export interface AnyWorker {
  /** Sends the worker a message. */
  postMessage(message: unknown): void;
  /** Ends the worker at once. */
  terminate(): unknown;
}

/** One way to start the collector's worker. */
export interface WorkerStart {
  /** For diagnostics: `application`, `url`, `blob`, `eval`. */
  readonly way: string;
  /** @param withParts adds the code of features to the text of a worker */
  start(withParts: CodeOfParts['withParts']): Promise<StartedWorker>;
}

/** A worker that may still turn out not to work. */
export interface StartedWorker {
  readonly endpoint: Endpoint;
  /** To be called when the worker has answered. Frees what was needed only to start it. */
  answered(): void;
  /** Calls back, with the reason, when the worker fails or ends by itself. */
  onFailure(report: (reason: string) => void): void;
  /** While held more often than released, the process waits for the worker. */
  hold(): void;
  release(): void;
  terminate(): void;
}

/** Knows which calls belong to a piece of work, even after it has awaited something. */
export interface Follower {
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Whether the caller belongs to such work that has not ended. */
  isWithin(): boolean;
}

/** What a runtime offers to the link between a thread and the collector. */
export interface LinkRuntime {
  readonly name: string;
  /** Checks the options of `serve()`; absent where the collector cannot listen on a port. */
  readonly serving?: (options: ServeOptions, warn: (message: string) => void) => ServeOptions;
  /** Says why memory cannot be shared here. */
  whyNotShared(): string;
  /** The ways to start a worker, in the order in which to try them. Empty where there are no workers. */
  workerStarts(application: (() => AnyWorker) | undefined): readonly WorkerStart[];
  /** Loads the collector into this very thread. */
  inlineCollector(): Promise<{
    inlineService(client: OwnerClient, load: CodeOfParts['load']): CollectorService;
  }>;
  /** Calls `run` every so many seconds, without holding the process, until it is cancelled. */
  every(seconds: number, run: () => void): () => void;
  /** Calls `run` after so many seconds, without holding the process, unless it is cancelled. */
  after(seconds: number, run: () => void): () => void;
  /** Counts, from here on, whether the process waits for a port. The port begins as held once. */
  portHolder(port: MessagePort): Pick<StartedWorker, 'hold' | 'release'>;
  /**
   * Takes a lock that the platform frees when this thread ends, and calls `held` with its name. It is for
   * platforms whose ports do not tell that the other side is gone.
   */
  lifeline(held: (lock: string) => Promise<void>): Promise<void>;
  /** Follows exports of the application. Absent on platforms that cannot follow work. */
  readonly follower?: Follower | undefined;
  /**
   * Blocks for a moment. It is for browsers that end a worker, even while it writes, once its page is left.
   * @param sends whether the worker has to send something, and not only to write
   */
  linger?(sends: boolean): void;
  /** Listens for what may end the application or stop its event loop, until it is cancelled. */
  onLifecycle(listener: LifecycleListener): () => void;
}

export interface LifecycleListener {
  /** The process is about to end. It will be about to end again after whatever is done here. */
  ending(): void;
  /**
   * The page is hidden or left. It may end before the collector could ask it for anything.
   * @param isLeft whether the page ends as soon as this has returned
   * @param isHidden whether nobody sees the page from now on. This comes last, if it comes
   */
  closing(isLeft: boolean, isHidden: boolean): void;
  /** Says whether a silent event loop means a stall. In a hidden page it does not: timers are late there. */
  watched(watched: boolean): void;
}

/** What every connection needs of the runtime. */
export interface ConnectionRuntime extends Pick<LinkRuntime, 'name' | 'after' | 'follower'> {
  /**
   * After so many seconds, what has not settled never will. At the edge a request that ends takes its
   * timers and its I/O along; elsewhere slow work is waited for. Seconds.
   */
  readonly givesUpAfter?: number | undefined;
}
