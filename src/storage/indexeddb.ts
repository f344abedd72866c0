import { promisifyRequest, type UseStore } from 'idb-keyval';
import { joined, type Pieces } from '../bytes/pieces.ts';
import { jsonText } from '../realm.ts';
import { currentTime } from '../timers.ts';
import { judge, type PresentRecord, picking } from './claim.ts';
import { encodeEnvelope } from './envelope.ts';
import { yieldingStore } from './indexeddb-connection.ts';
import { OperationQueue } from './operation-queue.ts';
import { ABANDONED_AFTER, type Claim, randomId, type Storage, type Store } from './storage.ts';

const LOCK_PREFIX = 'utilityfog-telemetry:';

/** As stored under the key `['record', name, id]`. */
interface StoredRecord {
  readonly id: string;
  /** Id of the store it belongs to; empty when given up. */
  readonly owner: string;
  /** Milliseconds since 1970. */
  readonly written: number;
  readonly bytes: Uint8Array;
}

/**
 * Records in the database `utilityfog-telemetry`, object store `keyval`. What `put` writes is a
 * `Uint8Array` under the destination as key. An application reads it back so:
 *
 *     import { createStore, get } from 'idb-keyval';
 *     const bytes = await get('metrics.json', createStore('utilityfog-telemetry', 'keyval'));
 *     const text = new TextDecoder().decode(bytes);
 *
 * A tab or worker is gone when the Web Lock of its store is free. In insecure contexts there are
 * no Web Locks: a record then counts as given up when it was closed, or written over an hour ago.
 * A tab that was suspended for longer and comes back writes it anew, and is counted twice.
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
    // IndexedDB refuses views of shared memory, and stores the whole buffer behind a view.
    put: (destination, bytes) =>
      useStore('readwrite', (store) => {
        store.put(joined(bytes), destination);
        return committed(store.transaction);
      }),
  };
}

class IndexedDbStore implements Store {
  readonly #useStore: UseStore;
  readonly #name: string;
  readonly id: string;
  readonly #release: () => Promise<void>;
  /** Returned by a claim and not yet deleted. */
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

  claim(predecessor?: string, check?: (payload: Uint8Array) => void): Promise<Claim> {
    return this.#queue.run(() => this.#claim(predecessor, check));
  }

  async write(payload: Pieces): Promise<void> {
    // As of the call: what a claim still under way will return cannot be in this payload.
    const claimed = this.#claimed;
    // The next may begin meanwhile: the database keeps the order.
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
    predecessor: string | undefined,
    check?: (payload: Uint8Array) => void,
  ): Promise<Claim> {
    // Not within the transaction: it ends while it waits for anything but its own requests.
    const owners = await this.#useStore('readonly', (store) =>
      this.#all(store, ({ owner }) => owner),
    );
    const isGone = await goneOwners(owners);
    const pick = picking({ id: this.id, claimed: this.#claimed, predecessor }, isGone);
    const claim = await this.#useStore('readwrite', async (store) => {
      const claim = this.#takeOver(store, await this.#all(store, pick), check);
      await promisifyRequest(store.transaction);
      return claim;
    });
    this.#claimed = [...this.#claimed, ...claim.records.map(({ id }) => id)];
    return claim;
  }

  #takeOver(
    store: IDBObjectStore,
    records: readonly (StoredRecord & PresentRecord)[],
    check?: (payload: Uint8Array) => void,
  ): Claim {
    const verdict = judge(records, check);
    const now = currentTime();
    const byId = new Map(records.map((record) => [record.id, record]));
    for (const { id } of verdict.superseded) store.delete(this.#key(id));
    for (const id of verdict.held) {
      const { bytes } = byId.get(id)!;
      const record: StoredRecord = { id, owner: this.id, written: now, bytes };
      store.put(record, this.#key(id));
    }
    const damaged = verdict.damaged.map(({ id, reason }) => {
      const place = ['damaged', this.#name, id, now];
      store.put(byId.get(id)?.bytes, place);
      store.delete(this.#key(id));
      return `${jsonText(place)} (${reason})`;
    });
    return { records: verdict.records, damaged, isPartial: verdict.isPartial };
  }

  /** Resolves once the write is on its way; `written` when it has arrived. */
  #write(payload: Pieces, claimed: readonly string[]): Promise<{ written: Promise<void> }> {
    const id = this.id;
    // One transaction with the deletions, so the record need not list what it absorbed.
    const bytes = joined(encodeEnvelope({ absorbed: [], payload }));
    const record: StoredRecord = { id, owner: id, written: currentTime(), bytes };
    return this.#useStore('readwrite', (store) => {
      store.put(record, this.#key(id));
      for (const claimedId of claimed) store.delete(this.#key(claimedId));
      const written = committed(store.transaction);
      this.#written = written.catch(() => {});
      return { written };
    });
  }

  #giveUp(): Promise<void> {
    return this.#useStore('readwrite', async (store) => {
      for (const record of await this.#all(store, (record) => record)) {
        if (record.owner === this.id) store.put({ ...record, owner: '' }, this.#key(record.id));
      }
      await promisifyRequest(store.transaction);
    });
  }

  /**
   * One after the other: those of tabs that live may be many, and large.
   * @param kept what is to be kept of each
   */
  #all<T>(store: IDBObjectStore, kept: (record: StoredRecord) => T): Promise<T[]> {
    // Arrays sort after all strings, so this is every key that begins so.
    const range = IDBKeyRange.bound(['record', this.#name], ['record', this.#name, []]);
    const records: T[] = [];
    return new Promise((resolve, reject) => {
      const request = store.openCursor(range);
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor) return resolve(records);
        records.push(kept(asRecord(cursor.key, cursor.value)));
        cursor.continue();
      };
    });
  }

  #key(id: string): IDBValidKey {
    return ['record', this.#name, id];
  }
}

/**
 * At once, not when the last request has been answered: a page or worker that ends now hears no answer,
 * and Firefox takes back what was not committed.
 */
function committed(transaction: IDBTransaction): Promise<void> {
  transaction.commit();
  return promisifyRequest(transaction);
}

/** Another program of the origin may have put anything under the key. */
function asRecord(key: IDBValidKey, value: unknown): StoredRecord {
  const { owner, written, bytes } = (value ?? {}) as Partial<StoredRecord>;
  return {
    id: String((key as IDBValidKey[])[2]),
    owner: typeof owner === 'string' ? owner : '',
    written: Number(written),
    bytes: bytes instanceof Uint8Array ? bytes : (value as Uint8Array),
  };
}

/**
 * Tells which of the records belong to nobody. A store has its lock before its first record, so of
 * an owner that was `seen` and whose lock is free now, nothing more will come.
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

/** Resolves once the lock is held, to the function that lets it go; a tab that ends does so too. */
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
