import type { Connection, Recorder } from './connection.ts';

/** What a runtime offers to a thread that records. */
export interface RecorderRuntime {
  /** Whether memory can be shared with a worker here. */
  readonly sharedMemory: boolean;
  /**
   * Returns the path of a file from the root on, so that it stays the same when the process changes its
   * directory. Absent where there are no files.
   */
  readonly absolute?: ((path: string) => string) | undefined;
  /** Returns the absolute path of the directory for records, as of now. */
  readonly recordsIn?: ((directory: string | undefined) => string) | undefined;
  /**
   * Calls `run` after so many seconds at most, without holding the process, unless it is cancelled.
   * Never throws.
   */
  after(seconds: number, run: () => void): () => void;
  /**
   * Returns the function that makes the connection to the collector, or a promise if it is loaded on
   * demand.
   */
  connection(): Connect | Promise<Connect>;
}

export type Connect = (recorder: Recorder) => Connection;
