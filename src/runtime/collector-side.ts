import type { Clock } from '../collector/services.ts';
import { filesystemStorage } from '../storage/filesystem.ts';
import { indexedDbStorage } from '../storage/indexeddb.ts';
import { memoryStorage } from '../storage/memory.ts';
import type { Storage } from '../storage/storage.ts';
import { nodeBuiltin } from './node-builtin.ts';
import { askPermission } from './permissions.ts';
import { after, every } from './runtime.ts';

/** Where records go unless the application says otherwise; relative to the working directory. */
const DEFAULT_DIRECTORY = '.utilityfog-telemetry';

/** What the place where a collector lives has to offer. */
export interface CollectorPlace {
  readonly canListen: boolean;
  /** The best storage that the place has. */
  storage(directory: string | undefined): Storage;
}

/** A worker, or a thread of a server or of a browser. */
export function thisPlace(): CollectorPlace {
  // Workers of a server runtime can listen; those of a browser cannot.
  const canListen = nodeBuiltin('node:http') !== undefined;
  if (nodeBuiltin('node:fs')) return { canListen, storage: files };
  if ('indexedDB' in globalThis) return { canListen, storage: indexedDbStorage };
  return { canListen, storage: nothingKept };
}

/** Whatever modules an edge function may import: a file there lasts as long as its request. */
export const edgePlace: CollectorPlace = { canListen: false, storage: nothingKept };

function files(directory = DEFAULT_DIRECTORY): Storage {
  const storage = filesystemStorage(directory);
  const ask = (what: string, path: string) =>
    askPermission(`${what} ${path}`, { name: 'read', path }, { name: 'write', path });
  return {
    kind: storage.kind,
    async open(name) {
      await ask('keeping files in', directory);
      return storage.open(name);
    },
    async put(destination, bytes) {
      await ask('writing to', destination);
      await storage.put(destination, bytes);
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

/** The machine's clock. */
export const clock: Clock = {
  now: () => Date.now() / 1000,
  every,
  after: (seconds) => new Promise((resolve) => after(seconds, resolve)),
};

/** Calls back once the holder of a Web Lock is gone. */
export function onLockFree(lock: string, run: () => void): void {
  globalThis.navigator?.locks?.request(lock, run).catch(() => {});
}
