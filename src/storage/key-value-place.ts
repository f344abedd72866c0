/** A place that keeps bytes under keys. The keys used here have at most 200 characters of ASCII. */
export interface KeyValuePlace {
  /** Resolves to the bytes of a key; `undefined` if there are none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Replaces the value in one step. */
  put(key: string, bytes: Uint8Array): Promise<unknown>;
  /** Deletes the bytes of a key. A key that is not there is no error. */
  delete(key: string): Promise<unknown>;
  /** Resolves to all keys that begin with this prefix. */
  keys(prefix: string): Promise<readonly string[]>;
  /**
   * Whether nobody but this very object writes here. Then an owner that it does not know is gone. Elsewhere
   * an owner that has written within the last hour may live in another isolate.
   */
  readonly exclusive: boolean;
}
