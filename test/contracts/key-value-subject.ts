import { joinPieces } from '../../src/bytes/pieces.ts';
import { keyDestination } from '../../src/delivery/key-destination.ts';
import type { KeyValuePlace } from '../../src/storage/key-value-place.ts';
import type { OwnStorage } from '../../src/storage/storage.ts';
import type { Subject } from './storage-contract.ts';

/** A place in memory. Each operation takes a turn of the event loop, as in a real place. */
export function mapPlace(exclusive: boolean): KeyValuePlace {
  const values = new Map<string, Uint8Array>();
  const turn = () => new Promise((resolve) => setTimeout(resolve));
  return {
    get: (key) => turn().then(() => values.get(key)?.slice()),
    put: (key, bytes) => turn().then(() => values.set(key, bytes.slice())),
    delete: (key) => turn().then(() => values.delete(key)),
    keys: (prefix) => turn().then(() => [...values.keys()].filter((key) => key.startsWith(prefix))),
    exclusive,
  };
}

const PREFIX = 'utilityfog-telemetry';

/** Returns the storage under test in `place`, with direct access to its bytes. */
export function keyValueSubject(place: KeyValuePlace, storage: OwnStorage): Subject {
  const all = async (prefix: string) => {
    const keys = await place.keys(prefix);
    return Promise.all(
      keys.map(async (key) => [key.slice(prefix.length), (await place.get(key))!] as const),
    );
  };
  return {
    storage,
    destinations: keyDestination(storage),
    async plant(name, id, bytes) {
      const line = new TextEncoder().encode(` ${Date.now()}\n`);
      await place.put(`${PREFIX}/record/${name}/${id}`, joinPieces([line, bytes]));
    },
    async records(name) {
      const found = await all(`${PREFIX}/record/${name}/`);
      return new Map(found.map(([id, value]) => [id, value.subarray(value.indexOf(0x0a) + 1)]));
    },
    setAside: async () => (await all(`${PREFIX}/damaged/`)).map(([, bytes]) => bytes),
    read: (destination) => place.get(destination),
    destination: (file) => file,
  };
}
