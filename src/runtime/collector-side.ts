import { filesystemStorage } from '../storage/filesystem.ts';
import { indexedDbStorage } from '../storage/indexeddb.ts';
import { memoryStorage } from '../storage/memory.ts';
import type { Storage } from '../storage/storage.ts';
import { nodeBuiltin } from './node-builtin.ts';

/** Where records go unless the application says otherwise; relative to the working directory. */
const DEFAULT_DIRECTORY = '.utilityfog-telemetry';

/** Workers of a server runtime can listen; those of a browser cannot. */
export const canListen = nodeBuiltin('node:http') !== undefined;

/** The best storage that the place has. */
export function storageHere(directory: string | undefined): Storage {
  if (nodeBuiltin('node:fs')) return filesystemStorage(directory ?? DEFAULT_DIRECTORY);
  if ('indexedDB' in globalThis) return indexedDbStorage();
  return memoryStorage();
}

/** Calls back once the holder of a Web Lock is gone. */
export function onLockFree(lock: string, run: () => void): void {
  globalThis.navigator?.locks?.request(lock, run).catch(() => {});
}
