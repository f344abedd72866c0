import { joinPieces } from '../bytes/pieces.ts';
import { check, withMethods } from '../options.ts';
import type { KeyValuePlace } from './key-value-place.ts';
import type { OwnStorage } from './storage.ts';

const PLACE = withMethods('get', 'put', 'delete', 'keys');

/**
 * Makes a storage of any place that keeps bytes under keys. What `put` writes is under its destination.
 * @example
 * ```ts
 * import { keyValueStorage, TelemetryCollector } from 'utilityfog-telemetry/edge';
 *
 * const values = new Map<string, Uint8Array>();
 * const storage = keyValueStorage({
 *   get: async (key) => values.get(key),
 *   put: async (key, bytes) => values.set(key, bytes),
 *   delete: async (key) => values.delete(key),
 *   keys: async (prefix) => [...values.keys()].filter((key) => key.startsWith(prefix)),
 *   exclusive: true,
 * });
 * const collector = new TelemetryCollector({ persist: { name: 'shop', storage } });
 * await collector.flush();
 * await collector.shutdown();
 * ```
 */
export function keyValueStorage(place: KeyValuePlace): OwnStorage {
  check('keyValueStorage() place', place, PLACE);
  let stores: Promise<(name: string) => Promise<import('./storage.ts').Store>> | undefined;
  return {
    kind: 'key-value',
    async open(name) {
      // This is loaded on demand, since only those who persist need it.
      stores ??= import('./key-value-store.ts').then(({ keyValueStores }) => keyValueStores(place));
      return (await stores)(name);
    },
    put: async (destination, bytes) => void (await place.put(destination, joinPieces(bytes))),
  };
}
