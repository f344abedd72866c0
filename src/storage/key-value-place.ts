/** A place that keeps bytes under keys. Keys used here are at most 200 characters of ASCII. */
export interface KeyValuePlace {
  get(key: string): Promise<Uint8Array | undefined>;
  /** Replaces the value in one step. */
  put(key: string, bytes: Uint8Array): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  /** All keys that begin so. */
  keys(prefix: string): Promise<readonly string[]>;
  /**
   * Whether nobody but this very object writes here: then an owner that it does not know is gone.
   * Elsewhere one that has written within the last hour may live in another isolate.
   */
  readonly exclusive: boolean;
}
