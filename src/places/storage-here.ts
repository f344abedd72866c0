import type { DestinationKind } from '../delivery/destination.ts';
import type { Destinations } from '../delivery/export.ts';
import { fileDestination } from '../delivery/file-destination.ts';
import { httpDestination } from '../delivery/http-destination.ts';
import { keyDestination } from '../delivery/key-destination.ts';
import { LOG, logDestination } from '../delivery/log-destination.ts';
import { noDestination } from '../delivery/no-destination.ts';
import { nodeBuiltin } from '../platform/node-builtin.ts';
import { askPermission } from '../platform/permissions.ts';
import { filesystemStorage } from '../storage/filesystem.ts';
import { indexedDbStorage } from '../storage/indexeddb.ts';
import { indexedDbValues } from '../storage/indexeddb-values.ts';
import { memoryStorage } from '../storage/memory.ts';
import type { Storage } from '../storage/storage.ts';

/** Whether the collector can listen here. Workers of server runtimes can, those of browsers cannot. */
export const canListen = nodeBuiltin('node:http') !== undefined;

/** Returns the best storage for records that this place has. */
export function storageHere(directory: string | undefined): Storage {
  if (nodeBuiltin('node:fs')) return recordFiles(directory);
  if ('indexedDB' in globalThis) return indexedDbStorage();
  // The records then last as long as their collector.
  return memoryStorage();
}

function recordFiles(path = '.'): Storage {
  const storage = filesystemStorage(path);
  return {
    ...storage,
    async open(name) {
      const what = `keeping files in ${path}`;
      await askPermission(what, { name: 'read', path }, { name: 'write', path });
      return storage.open(name);
    },
  };
}

/** The kinds of destinations to which exports can go here. */
export function destinationsHere(): Destinations {
  return [storedHere(), httpDestination(), loggedHere()];
}

function storedHere(): DestinationKind {
  if (nodeBuiltin('node:fs')) return fileDestination();
  if ('indexedDB' in globalThis) return keyDestination(indexedDbValues());
  return noDestination('there is no storage here; use handler() or an exporter that sends by HTTP');
}

function loggedHere(): DestinationKind {
  if (nodeBuiltin('node:fs')) return logDestination();
  return noDestination('there are no files here to append to; use another exporter', LOG);
}

/** Calls back once the holder of a Web Lock is gone. */
export function onLockFree(lock: string, run: () => void): void {
  globalThis.navigator?.locks?.request(lock, run).catch(() => {});
}
