import { joinPieces } from '../bytes/pieces.ts';
import { committed, yieldingStore } from './indexeddb-connection.ts';
import type { ValueStorage } from './storage.ts';

/**
 * Values in the database `utilityfog-telemetry`, object store `keyval`: each a `Uint8Array` under its
 * destination as key. An application reads it back so:
 *
 *     import { createStore, get } from 'idb-keyval';
 *     const bytes = await get('metrics.json', createStore('utilityfog-telemetry', 'keyval'));
 *     const text = new TextDecoder().decode(bytes);
 */
export function indexedDbValues(): ValueStorage {
  const useStore = yieldingStore();
  return {
    // IndexedDB refuses views of shared memory, and stores the whole buffer behind a view.
    put: (destination, bytes) =>
      useStore('readwrite', (store) => {
        store.put(joinPieces(bytes), destination);
        return committed(store.transaction);
      }),
  };
}
