import type { Storage, Store } from '../storage/storage.ts';
import { decodeTotals, encodeTotals, type TotalsRecord, withoutRepeats } from './totals-record.ts';

export interface PersistenceHost {
  failed(message: string): void;
  restored(record: TotalsRecord): void;
  current(): TotalsRecord;
}

/** Keeps the totals and events of this owner in storage, and takes over those of earlier ones. */
export class Persistence {
  readonly #storage: Storage;
  readonly #host: PersistenceHost;
  #store: Store | undefined;
  #saving: Promise<void> | undefined;
  #again: Promise<void> | undefined;

  constructor(storage: Storage, host: PersistenceHost) {
    this.#storage = storage;
    this.#host = host;
  }

  /** Where records go; `memory` when storage refused. */
  get kind(): Storage['kind'] {
    return this.#store ? this.#storage.kind : 'memory';
  }

  /** Never rejects: without storage, collection goes on in memory. */
  async open(name: string): Promise<void> {
    let store: Store | undefined;
    try {
      store = await this.#storage.open(name);
      const { records, damaged } = await store.claim();
      for (const place of damaged) {
        this.#host.failed(`a damaged record was set aside as ${place}`);
      }
      const decoded = records.flatMap(({ id, payload }) => this.#decode(id, payload));
      for (const record of withoutRepeats(decoded)) this.#host.restored(record);
      this.#store = store;
      await this.save();
    } catch (error) {
      this.#host.failed(`storage cannot be used, totals will not survive: ${error}`);
      // Else what it holds could not be claimed by others until this process ends.
      await store?.close().catch(() => {});
    }
  }

  /** Writes what was recorded before the call. Never rejects. */
  save(): Promise<void> {
    if (!this.#store) return Promise.resolve();
    if (!this.#saving) {
      this.#saving = this.#save(this.#store).finally(() => {
        this.#saving = undefined;
      });
      return this.#saving;
    }
    // The write under way may have begun before the latest recordings: one more covers them all.
    this.#again ??= this.#saving.then(() => {
      this.#again = undefined;
      return this.save();
    });
    return this.#again;
  }

  async close(): Promise<void> {
    await (this.#again ?? this.#saving);
    await this.#store?.close().catch((error) => this.#host.failed(`closing storage: ${error}`));
    this.#store = undefined;
  }

  #decode(id: string, payload: Uint8Array): TotalsRecord[] {
    try {
      return [decodeTotals(payload)];
    } catch (error) {
      this.#host.failed(`the record ${id} cannot be read: ${error}`);
      return [];
    }
  }

  async #save(store: Store): Promise<void> {
    try {
      await store.write(encodeTotals(this.#host.current()));
    } catch (error) {
      this.#host.failed(`writing to storage failed, will be tried again: ${error}`);
    }
  }
}
