import { promisifyRequest, type UseStore } from 'idb-keyval';

const DATABASE = 'utilityfog-telemetry';
const OBJECT_STORE = 'keyval';

/**
 * Does what `createStore` of idb-keyval does, with a connection that blocks nobody. An application that
 * deletes the database, for example at logout, has to wait until every tab has closed its connection, and
 * all who open it meanwhile wait, too. This one is closed when another wants that, and opened again when it
 * is used.
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
      // Safari closes connections by itself. So does a user who clears the data of the site.
      database.onclose = forget;
      database.onversionchange = () => {
        forget();
        // This waits for the transactions under way.
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
      // RACE: the database was closed between the two lines, or it was closed and nobody was told.
      opening = undefined;
      return (await open()).transaction(OBJECT_STORE, mode);
    }
  }

  return async (mode, use) => use((await transaction(mode)).objectStore(OBJECT_STORE));
}

/**
 * Commits at once, without waiting for the answer to the last request. A page or worker that ends now gets
 * no answer, and Firefox undoes what was not committed.
 */
export function committed(transaction: IDBTransaction): Promise<void> {
  transaction.commit();
  return promisifyRequest(transaction);
}
