import { promisifyRequest, type UseStore } from 'idb-keyval';
import { joinPieces, type Pieces } from '../bytes/pieces.ts';
import { randomId } from '../platform/random-id.ts';
import { jsonText } from '../platform/realm.ts';
import { currentTime } from '../platform/timers.ts';
import { isIncluded, settleClaim } from './claim.ts';
import { absorbedBy, encodeEnvelope } from './envelope.ts';
import { committed, yieldingStore } from './indexeddb-connection.ts';
import { OperationQueue } from './operation-queue.ts';
import { ABANDONED_AFTER, type ClaimedRecord, type Storage, type Store } from './storage.ts';

const LOCK_PREFIX = 'utilityfog-telemetry:';

/** A record as it is stored under the key `['record', name, id]`. */
interface StoredRecord {
  readonly id: string;
  /** Id of the store that the record belongs to; empty when it was given up. */
  readonly owner: string;
  /** When it was written. Milliseconds since 1970. */
  readonly written: number;
  readonly bytes: Uint8Array;
}

/**
 * Keeps records in the database `utilityfog-telemetry`, object store `keyval`.
 *
 * A tab or worker is gone when the Web Lock of its store is free. In insecure contexts there are no Web
 * Locks: a record then counts as given up when its store was closed, or an hour after it was written. A tab
 * that was suspended for longer and comes back writes its record anew, and is counted twice.
 */
export function indexedDbStorage(): Storage {
  const useStore = yieldingStore();
  return {
    kind: 'indexeddb',
    async open(name) {
      const id = randomId();
      const release = await holdLock(id);
      return new IndexedDbStore(useStore, name, id, release);
    },
  };
}

class IndexedDbStore implements Store {
  readonly #useStore: UseStore;
  readonly #name: string;
  readonly id: string;
  readonly #release: () => Promise<void>;
  /** Ids of the records that claims have taken and that are not yet deleted. */
  #claimed: readonly string[] = [];
  readonly #queue = new OperationQueue();
  /** Settles with the last write that has begun. */
  #written: Promise<void> | undefined;

  constructor(useStore: UseStore, name: string, id: string, release: () => Promise<void>) {
    this.#useStore = useStore;
    this.#name = name;
    this.id = id;
    this.#release = release;
  }

  claim(
    take: (record: ClaimedRecord) => void,
    included: readonly string[] = [],
  ): Promise<readonly string[]> {
    return this.#queue.run(() => this.#claim(take, included));
  }

  async write(payload: Pieces): Promise<void> {
    // Taken at the call: what a claim that is under way will take cannot be in this payload.
    const claimed = this.#claimed;
    // The next write may begin meanwhile: the database keeps the order.
    const { written } = await this.#queue.run(() => this.#write(payload, claimed));
    await written;
    this.#claimed = this.#claimed.filter((id) => !claimed.includes(id));
  }

  close(): Promise<void> {
    return this.#queue.close(async () => {
      await this.#written;
      if (!navigator.locks) await this.#giveUp();
      await this.#release();
    });
  }

  async #claim(
    take: (record: ClaimedRecord) => void,
    included: readonly string[],
  ): Promise<readonly string[]> {
    // The locks cannot be asked within the transaction: it ends when it waits for anything but its own
    // requests.
    const owners = await this.#useStore('readonly', (store) =>
      this.#each(store, ({ owner }) => owner),
    );
    const isGone = await goneOwners(owners);
    const now = currentTime();
    const present = await this.#within((store) =>
      this.#each(store, (record, cursor) => {
        const { id, bytes } = record;
        const isFree = id !== this.id && (isGone(record) || isIncluded(record, included));
        const owner = isFree ? this.id : record.owner;
        // What is not a record stays as it is, to be set aside.
        if (isFree && bytes instanceof Uint8Array)
          cursor.update({ id, owner, written: now, bytes });
        return { id, owner, absorbed: absorbedBy(bytes) };
      }),
    );
    const { damaged } = await settleClaim(
      present,
      { id: this.id, claimed: this.#claimed, inherited: [] },
      {
        read: ({ id }) => this.#useStore('readonly', (store) => this.#get(store, id)),
        take: (record) => {
          take(record);
          this.#claimed = [...this.#claimed, record.id];
        },
        delete: ({ id }) => this.#within((store) => void store.delete(this.#key(id))),
        setAside: async ({ id }, reason) => {
          const keptAs = ['damaged', this.#name, id, now];
          await this.#within(async (store) => {
            const record = await this.#get(store, id);
            if (record) store.put(record.bytes, keptAs);
            store.delete(this.#key(id));
          });
          return `${jsonText(keptAs)} (${reason})`;
        },
      },
    );
    return damaged;
  }

  /** Runs `work` in a transaction. Resolves once that is written. */
  #within<T>(work: (store: IDBObjectStore) => T | Promise<T>): Promise<T> {
    return this.#useStore('readwrite', async (store) => {
      const result = await work(store);
      await promisifyRequest(store.transaction);
      return result;
    });
  }

  async #get(store: IDBObjectStore, id: string): Promise<StoredRecord | undefined> {
    const key = this.#key(id);
    const value = await promisifyRequest(store.get(key));
    return value === undefined ? undefined : asRecord(key, value);
  }

  /** Resolves once the write is on its way; `written` when it has arrived. */
  #write(payload: Pieces, claimed: readonly string[]): Promise<{ written: Promise<void> }> {
    const id = this.id;
    // One transaction with the deletions, so the record need not list what it absorbed.
    const bytes = joinPieces(encodeEnvelope({ absorbed: [], payload }));
    const record: StoredRecord = { id, owner: id, written: currentTime(), bytes };
    return this.#useStore('readwrite', (store) => {
      store.put(record, this.#key(id));
      for (const claimedId of claimed) store.delete(this.#key(claimedId));
      const written = committed(store.transaction);
      this.#written = written.catch(() => {});
      return { written };
    });
  }

  async #giveUp(): Promise<void> {
    await this.#within((store) =>
      this.#each(store, (record, cursor) => {
        if (record.owner === this.id) cursor.update({ ...record, owner: '' });
      }),
    );
  }

  /** Visits the records one after the other, since they may be many, and large. */
  #each<T>(
    store: IDBObjectStore,
    see: (record: StoredRecord, cursor: IDBCursorWithValue) => T,
  ): Promise<T[]> {
    // Arrays sort after all strings, so this range has all keys that begin with these two parts.
    const range = IDBKeyRange.bound(['record', this.#name], ['record', this.#name, []]);
    const seen: T[] = [];
    return new Promise((resolve, reject) => {
      const request = store.openCursor(range);
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor) return resolve(seen);
        try {
          seen.push(see(asRecord(cursor.key, cursor.value), cursor));
          cursor.continue();
        } catch (error) {
          // Without this, nobody would ever hear of the error.
          reject(error);
        }
      };
    });
  }

  #key(id: string): IDBValidKey {
    return ['record', this.#name, id];
  }
}

/** Reads what is under a key as a record. Another program of the origin may have put anything there. */
function asRecord(key: IDBValidKey, value: unknown): StoredRecord {
  const { owner, written, bytes } = (value ?? {}) as Partial<StoredRecord>;
  return {
    id: String((key as IDBValidKey[])[2]),
    owner: typeof owner === 'string' ? owner : '',
    written: typeof written === 'number' ? written : Number.NaN,
    bytes: bytes instanceof Uint8Array ? bytes : (value as Uint8Array),
  };
}

/**
 * Returns a function that tells whether a record belongs to nobody. A store has its lock before its first
 * record. So if an owner was `seen` and its lock is free now, nothing more will come from it.
 */
async function goneOwners(seen: readonly string[]) {
  if (!navigator.locks) {
    return ({ owner, written }: StoredRecord) =>
      owner === '' || !(currentTime() - written <= ABANDONED_AFTER);
  }
  const { held = [] } = await navigator.locks.query();
  const gone = new Set(seen);
  for (const { name = '' } of held) gone.delete(name.slice(LOCK_PREFIX.length));
  return ({ owner }: StoredRecord) => gone.has(owner);
}

/**
 * Takes the lock. Resolves, once it is held, to a function that releases it. A tab that ends releases it,
 * too.
 */
function holdLock(owner: string): Promise<() => Promise<void>> {
  if (!navigator.locks) return Promise.resolve(async () => {});
  return new Promise((resolve, reject) => {
    const request = navigator.locks.request(`${LOCK_PREFIX}${owner}`, () => {
      return new Promise<void>((letGo) => {
        resolve(async () => {
          letGo();
          await request;
        });
      });
    });
    request.catch(reject);
  });
}
