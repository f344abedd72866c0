import { nodeBuiltin } from '../platform/node-builtin.ts';
import { askPermission } from '../platform/permissions.ts';
import { filesystemStorage } from '../storage/filesystem.ts';
import { indexedDbStorage } from '../storage/indexeddb.ts';
import { memoryStorage } from '../storage/memory.ts';
import type { Storage } from '../storage/storage.ts';

/** Workers of a server runtime can listen; those of a browser cannot. */
export const canListen = nodeBuiltin('node:http') !== undefined;

/** The best storage that the place has. */
export function storageHere(directory: string | undefined): Storage {
  if (nodeBuiltin('node:fs')) return files(directory);
  if ('indexedDB' in globalThis) return indexedDbStorage();
  return nothingKept();
}

/** @param directory of records; exports have paths of their own */
function files(directory = '.'): Storage {
  const storage = filesystemStorage(directory);
  const ask = (what: string, path: string) =>
    askPermission(`${what} ${path}`, { name: 'read', path }, { name: 'write', path });
  return {
    kind: storage.kind,
    durability: storage.durability,
    async open(name) {
      await ask('keeping files in', directory);
      return storage.open(name);
    },
    async put(destination, bytes, options) {
      await ask('writing to', destination);
      await storage.put(destination, bytes, options);
    },
  };
}

/** Records last as long as their collector; an export that went to memory would be a lie. */
function nothingKept(): Storage {
  return {
    ...memoryStorage(),
    put: async () => {
      throw new Error('there is no storage here; use handler() or an exporter of your own');
    },
  };
}

/** Calls back once the holder of a Web Lock is gone. */
export function onLockFree(lock: string, run: () => void): void {
  globalThis.navigator?.locks?.request(lock, run).catch(() => {});
}
