import { joined } from '../bytes/pieces.ts';
import { check, having } from '../options.ts';
import type { Storage } from './storage.ts';

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

const PLACE = having('get', 'put', 'delete', 'keys');

/** Storage in any place that keeps bytes under keys. What `put` writes is under its destination. */
export function keyValueStorage(place: KeyValuePlace): Storage {
  check('keyValueStorage() place', place, PLACE);
  let stores: Promise<(name: string) => Promise<import('./storage.ts').Store>> | undefined;
  return {
    kind: 'key-value',
    async open(name) {
      // Loaded here: only those who persist need it.
      stores ??= import('./key-value-store.ts').then(({ keyValueStores }) => keyValueStores(place));
      return (await stores)(name);
    },
    put: async (destination, bytes) => void (await place.put(destination, joined(bytes))),
  };
}
