import type { Endpoint } from 'comlink';
import type { ServeOptions } from '../http/access.ts';
import type { OwnerClient } from '../protocol/client.ts';
import type { CollectorService } from '../protocol/service.ts';
import type { CodeOfParts } from './feature-code.ts';

/**
 * A worker that an application starts: a web `Worker`, or one of `node:worker_threads`. Described
 * by its shape, since types of the one are unknown where the other is used.
 */
export interface AnyWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
}

/** One way to start the collector's worker. */
export interface WorkerStart {
  /** For diagnostics: `application`, `url`, `blob`, `eval`. */
  readonly way: string;
  /** @param joined what the text of a worker becomes that has the code of features with it */
  start(joined: CodeOfParts['joined']): Promise<StartedWorker>;
}

/** A worker that may still turn out not to work. */
export interface StartedWorker {
  readonly endpoint: Endpoint;
  /** What was needed only to start it can go. */
  answered(): void;
  /** Calls back, with the reason, when the worker fails or ends by itself. */
  onFailure(report: (reason: string) => void): void;
  /** While held more often than released, the process waits for the worker. */
  hold(): void;
  release(): void;
  terminate(): void;
}

/** Knows what a piece of work calls, also after it has awaited something. */
export interface Follower {
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Whether what calls this belongs to such work that has not ended. */
  isWithin(): boolean;
}

/** What a runtime offers to the link between a thread and the collector. */
export interface LinkRuntime {
  readonly name: string;
  /** Checks the options of `serve()`; absent where the collector cannot listen on a port. */
  readonly serving?: (options: ServeOptions, warn: (message: string) => void) => ServeOptions;
  /** What memory that cannot be shared lacks here. */
  whyNotShared(): string;
  /** In the order in which to try them; empty where there are no workers. */
  workerStarts(application: (() => AnyWorker) | undefined): readonly WorkerStart[];
  /** Loads the collector into this very thread. */
  inlineCollector(): Promise<{
    inlineService(client: OwnerClient, load: CodeOfParts['load']): CollectorService;
  }>;
  /** Calls `run` every so many seconds, without holding the process, until it is cancelled. */
  every(seconds: number, run: () => void): () => void;
  /** Calls `run` after so many seconds, without holding the process, unless it is cancelled. */
  after(seconds: number, run: () => void): () => void;
  /** Whether the process waits for a port is counted from here on; it begins as held once. */
  portHolder(port: MessagePort): Pick<StartedWorker, 'hold' | 'release'>;
  /**
   * Takes a lock that the platform frees when this thread ends, and tells its name once it is held.
   * For platforms whose ports do not tell.
   */
  lifeline(held: (lock: string) => Promise<void>): Promise<void>;
  /** For exports of the application; absent where the platform follows nothing. */
  readonly follower?: Follower | undefined;
  /** Waits a moment, where the worker of a page that is left would else be ended while it writes. */
  linger?(): void;
  /** Follows what may end the application or stop its event loop, until it is cancelled. */
  onLifecycle(listener: LifecycleListener): () => void;
}

export interface LifecycleListener {
  /** The process is about to end, and will be again after whatever is done for it. */
  ending(): void;
  /**
   * The page is hidden or left: it may end before the collector could ask it for anything.
   * @param isLeft whether the page ends as soon as this has returned
   */
  closing(isLeft: boolean): void;
  /** Whether a silent event loop means a stall; timers of a hidden page do not turn on time. */
  watched(watched: boolean): void;
}

/** What every connection needs of the runtime. */
export interface ConnectionRuntime extends Pick<LinkRuntime, 'name' | 'after' | 'follower'> {
  /**
   * Seconds after which what has not settled never will. At the edge a request that has ended takes
   * its timers and its I/O along; elsewhere what is slow is waited for.
   */
  readonly abandonedAfter?: number | undefined;
}
