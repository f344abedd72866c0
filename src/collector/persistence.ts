import type { Erasure } from '../model.ts';
import type { Durability, Storage, Store } from '../storage/storage.ts';
import { atOnce } from './at-once.ts';
import type { Estate } from './estate.ts';
import type { EventLog } from './event-log.ts';
import type { SeriesTable } from './series-table.ts';
import type { CollectorServices } from './services.ts';
import { decodeTotals, type TotalsRecord, withoutErased } from './totals-record.ts';
import { TotalsWriter } from './totals-writer.ts';

/**
 * A write that has not ended after so long never will: at the edge a request that has ended takes
 * its I/O along. Seconds.
 */
const ABANDONED_AFTER = 30;

export interface PersistenceHost {
  /** Seconds since 1970. */
  now(): number;
  failed(message: string): void;
  stored(durability: Durability | undefined): void;
  restored(record: TotalsRecord): void;
  /** The place of the record is another now. Resolves when the owner knows, or does not answer. */
  moved(): Promise<void>;
  /** What is not to come back. */
  readonly erased: readonly Erasure[];
  readonly table: SeriesTable;
  readonly events: EventLog;
  inSlices: CollectorServices['inSlices'];
}

/** Keeps the totals and events of this owner in storage, and takes over those of earlier ones. */
export class Persistence {
  readonly #storage: Storage;
  readonly #host: PersistenceHost;
  readonly #writer = new TotalsWriter();
  #store: Store | undefined;
  /** Of the store that has what is to be claimed, or has claimed it. */
  #id: string | undefined;
  #closed = false;
  /** Ids of the records that were claimed, and are part of the totals. */
  #absorbed: readonly string[] = [];
  #saving: Promise<void> | undefined;
  #again: Promise<void> | undefined;
  #savingSince = 0;

  constructor(storage: Storage, host: PersistenceHost) {
    this.#storage = storage;
    this.#host = host;
  }

  /** Where records go; `memory` when storage refused. */
  get kind(): Storage['kind'] {
    return this.#store ? this.#storage.kind : 'memory';
  }

  /** Where this owner's record is, for the estate. */
  get place(): Pick<Estate, 'store' | 'absorbed'> {
    return { store: this.#id, absorbed: this.#absorbed };
  }

  /**
   * Never rejects: without storage, collection goes on in memory.
   * @param estate of the collector that this one replaces: it includes the record of that one
   */
  async open(name: string, estate: Estate | undefined): Promise<void> {
    let store: Store | undefined;
    this.#id = estate?.store;
    this.#absorbed = estate?.absorbed ?? [];
    try {
      store = await this.#storage.open(name);
      // The owner hears of it before anything is claimed, and of what was claimed before that is
      // written: should the worker die in between, none but the next collector can tell whose it is.
      if (!this.#id) {
        this.#id = store.id;
        await this.#host.moved();
      }
      const { records, damaged } = await store.claim(estate?.store);
      for (const place of damaged) {
        this.#host.failed(`a damaged record was set aside as ${place}`);
      }
      const included = [estate?.store, ...this.#absorbed];
      for (const { id, payload } of records) {
        if (!included.includes(id)) this.#restore(id, payload);
      }
      this.#id = store.id;
      this.#absorbed = records.map(({ id }) => id);
      await this.#host.moved();
      // Without a write, which might not be the last, the next owner claims the same again.
      if (this.#closed) return await store.close();
      this.#store = store;
      await this.save();
    } catch (error) {
      this.#host.failed(`storage cannot be used, totals will not survive: ${error}`);
      // Else what it holds could not be claimed by others until this process ends.
      await store?.close().catch(() => {});
    }
  }

  /**
   * Writes what was recorded before the call. Never rejects.
   * @param hurried whether the thread may end in this turn of its event loop, or the next
   */
  save(hurried = false): Promise<void> {
    if (!this.#store) return Promise.resolve();
    if (this.#saving && this.#host.now() - this.#savingSince > ABANDONED_AFTER) {
      this.#host.failed(`a write has not ended for ${ABANDONED_AFTER} seconds, writing anew`);
      this.#saving = undefined;
      this.#again = undefined;
    }
    if (!this.#saving) {
      this.#savingSince = this.#host.now();
      const saving = this.#save(this.#store, hurried).finally(() => {
        if (this.#saving === saving) this.#saving = undefined;
      });
      this.#saving = saving;
      return saving;
    }
    // The write under way may have begun before the latest recordings: one more covers them all.
    this.#again ??= this.#saving.then(() => {
      this.#again = undefined;
      return this.save();
    });
    return this.#again;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await (this.#again ?? this.#saving);
    await this.#store?.close().catch((error) => this.#host.failed(`closing storage: ${error}`));
    this.#store = undefined;
  }

  #restore(id: string, payload: Uint8Array): void {
    try {
      this.#host.restored(withoutErased(decodeTotals(payload), this.#host.erased));
    } catch (error) {
      this.#host.failed(`the record ${id} cannot be read: ${error}`);
    }
  }

  async #save(store: Store, hurried: boolean): Promise<void> {
    const { table, events, inSlices } = this.#host;
    try {
      const work = this.#writer.write(table, events.entries());
      const { pieces, done } = hurried ? atOnce(work) : await inSlices(work);
      try {
        await store.write(pieces);
        this.#host.stored(this.#storage.durability);
      } finally {
        done();
      }
    } catch (error) {
      this.#host.failed(`writing to storage failed, will be tried again: ${error}`);
    }
  }
}
