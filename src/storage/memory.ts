import { joinPieces, type Pieces } from '../bytes/pieces.ts';
import { randomId } from '../platform/random-id.ts';
import { isIncluded, settleClaim } from './claim.ts';
import { absorbedBy, encodeEnvelope } from './envelope.ts';
import { OperationQueue } from './operation-queue.ts';
import type { ClaimedRecord, Storage, Store } from './storage.ts';

export interface MemoryRecord {
  readonly name: string;
  readonly id: string;
  /** The store that the record belongs to. That is gone if it is not in `owners`. */
  readonly owner: string;
  readonly bytes: Uint8Array;
}

/** What a memory storage holds. Storages that are given the same one share it. */
export class Memory {
  readonly records = new Map<string, MemoryRecord>();
  /** Damaged records, by the name that the claim reported. */
  readonly damaged = new Map<string, Uint8Array>();
  /** Ids of the open stores. */
  readonly owners = new Set<string>();
}

/** Makes a storage that lasts as long as `memory`. It is for runtimes with nothing better, and for tests. */
export function memoryStorage(memory = new Memory()): Storage {
  return {
    kind: 'memory',
    open: async (name) => new MemoryStore(memory, name),
  };
}

class MemoryStore implements Store {
  readonly #memory: Memory;
  readonly #name: string;
  readonly id = randomId();
  readonly #queue = new OperationQueue();
  #claimed: readonly string[] = [];

  constructor(memory: Memory, name: string) {
    this.#memory = memory;
    this.#name = name;
    memory.owners.add(this.id);
  }

  claim(
    take: (record: ClaimedRecord) => void,
    included: readonly string[] = [],
  ): Promise<readonly string[]> {
    return this.#queue.run(() => this.#claim(take, included));
  }

  write(payload: Pieces): Promise<void> {
    // Taken at the call: what a claim that is under way will take cannot be in this payload.
    const claimed = this.#claimed;
    return this.#queue.run(async () => this.#write(payload, claimed));
  }

  close(): Promise<void> {
    return this.#queue.close(async () => {
      this.#memory.owners.delete(this.id);
    });
  }

  async #claim(
    take: (record: ClaimedRecord) => void,
    included: readonly string[],
  ): Promise<readonly string[]> {
    const { records, owners } = this.#memory;
    const present = [];
    for (const record of records.values()) {
      const { name, id, bytes } = record;
      if (name !== this.#name) continue;
      const isFree = !owners.has(record.owner) || isIncluded(record, included);
      const owner = isFree ? this.id : record.owner;
      if (isFree) records.set(id, { ...record, owner });
      present.push({ id, owner, absorbed: absorbedBy(bytes) });
    }
    const { damaged } = await settleClaim(
      present,
      { id: this.id, claimed: this.#claimed, inherited: [] },
      {
        read: async ({ id }) => records.get(id),
        take: (record) => {
          take(record);
          this.#claimed = [...this.#claimed, record.id];
        },
        delete: async ({ id }) => void records.delete(id),
        setAside: async ({ id }, reason) => `${this.#setAside(id)} (${reason})`,
      },
    );
    return damaged;
  }

  #setAside(id: string): string {
    const { records, damaged } = this.#memory;
    const keptAs = `damaged/${id}`;
    damaged.set(keptAs, records.get(id)!.bytes);
    records.delete(id);
    return keptAs;
  }

  #write(payload: Pieces, claimed: readonly string[]): void {
    const { records } = this.#memory;
    const id = this.id;
    // Nothing can come between this and the deletion, so the record need not list what it absorbed.
    const bytes = joinPieces(encodeEnvelope({ absorbed: [], payload }));
    records.set(id, { name: this.#name, id, owner: id, bytes });
    for (const claimedId of claimed) records.delete(claimedId);
    this.#claimed = this.#claimed.filter((claimedId) => !claimed.includes(claimedId));
  }
}
