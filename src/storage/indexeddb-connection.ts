import { promisifyRequest, type UseStore } from 'idb-keyval';

const DATABASE = 'utilityfog-telemetry';
const OBJECT_STORE = 'keyval';

/**
 * What `createStore` of idb-keyval gives, with a connection that is no obstacle: an application that
 * deletes the database, as at a logout, would wait until every tab has closed its own, and all that open
 * it meanwhile would wait, too. It is closed when another wants that, and opened again when it is used.
 */
export function yieldingStore(): UseStore {
  let opening: Promise<IDBDatabase> | undefined;

  function open(): Promise<IDBDatabase> {
    if (opening) return opening;
    const request = indexedDB.open(DATABASE);
    request.onupgradeneeded = () => request.result.createObjectStore(OBJECT_STORE);
    const current = promisifyRequest(request);
    const forget = () => {
      if (opening === current) opening = undefined;
    };
    opening = current;
    current.then((database) => {
      // Safari closes connections by itself, as does whoever clears the data of the site.
      database.onclose = forget;
      database.onversionchange = () => {
        forget();
        // Waits for the transactions under way.
        database.close();
      };
    }, forget);
    return current;
  }

  async function transaction(mode: IDBTransactionMode): Promise<IDBTransaction> {
    const database = await open();
    try {
      return database.transaction(OBJECT_STORE, mode);
    } catch (error) {
      if ((error as DOMException).name !== 'InvalidStateError') throw error;
      // RACE: it was closed between the two lines, or was never said to be.
      opening = undefined;
      return (await open()).transaction(OBJECT_STORE, mode);
    }
  }

  return async (mode, use) => use((await transaction(mode)).objectStore(OBJECT_STORE));
}

/**
 * At once, not when the last request has been answered: a page or worker that ends now hears no answer,
 * and Firefox takes back what was not committed.
 */
export function committed(transaction: IDBTransaction): Promise<void> {
  transaction.commit();
  return promisifyRequest(transaction);
}
