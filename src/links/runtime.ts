import type { Connection, Recorder } from './connection.ts';

/** What a runtime offers to a thread that records. */
export interface Runtime {
  /** Whether memory can be shared with a worker here. */
  readonly sharedMemory: boolean;
  /**
   * The path of a file from the root on, so that it stays the same when the process changes its
   * directory; absent where there are no files.
   */
  readonly absolute?: ((path: string) => string) | undefined;
  /** The directory for records, which is meant by `directory` now. */
  readonly recordsIn?: ((directory: string | undefined) => string) | undefined;
  /**
   * Calls `run` after so many seconds at most, without holding the process, unless it is cancelled.
   * Never throws.
   */
  after(seconds: number, run: () => void): () => void;
  /** What makes the connection to the collector; a promise where that is loaded on demand. */
  connection(): Connect | Promise<Connect>;
}

export type Connect = (recorder: Recorder) => Connection;
