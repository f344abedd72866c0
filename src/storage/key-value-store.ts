import { joinPieces, type Pieces } from '../bytes/pieces.ts';
import { randomId } from '../platform/random-id.ts';
import { currentTime } from '../platform/timers.ts';
import { isIncluded, settleClaim } from './claim.ts';
import { absorbedBy, encodeEnvelope } from './envelope.ts';
import type { KeyValuePlace } from './key-value-place.ts';
import { OperationQueue } from './operation-queue.ts';
import { ABANDONED_AFTER, type ClaimedRecord, type Store } from './storage.ts';

const PREFIX = 'utilityfog-telemetry';
/**
 * At the edge a request that ends takes its I/O along, which then never settles. Platforms let a request go
 * on for so long after its response. Milliseconds.
 */
const ABANDONED_OPERATION = 30_000;

/** What lies under a key: `<owner> <milliseconds since 1970>\n`, and the record. */
interface StoredRecord {
  readonly id: string;
  /** Id of the store that the record belongs to; empty when it was given up. */
  readonly owner: string;
  readonly written: number;
  readonly bytes: Uint8Array;
}

/** The stores that this isolate has opened in one place. */
interface Isolate {
  readonly place: KeyValuePlace;
  readonly owners: Set<string>;
  /**
   * Operations run one at a time. The place has no transactions, so two that read and then write must not
   * overlap.
   */
  readonly queue: OperationQueue;
}

/** Returns a function that opens a store in this place by its name. */
export function keyValueStores(place: KeyValuePlace): (name: string) => Promise<Store> {
  const isolate: Isolate = {
    place,
    owners: new Set(),
    queue: new OperationQueue(ABANDONED_OPERATION),
  };
  return async (name) => new KeyValueStore(isolate, await keyPart(name));
}

class KeyValueStore implements Store {
  readonly id = randomId();
  readonly #isolate: Isolate;
  readonly #place: KeyValuePlace;
  readonly #name: string;
  readonly #queue = new OperationQueue(ABANDONED_OPERATION);
  /** Ids of the records that claims have taken and that are not yet deleted. */
  #claimed: readonly string[] = [];
  #inherited: readonly string[] = [];
  /** Whether records of others may be marked as this store's: a claim may have ended in between. */
  #mayHaveOthers = false;

  constructor(isolate: Isolate, name: string) {
    this.#isolate = isolate;
    this.#place = isolate.place;
    this.#name = name;
    isolate.owners.add(this.id);
  }

  claim(
    take: (record: ClaimedRecord) => void,
    included: readonly string[] = [],
  ): Promise<readonly string[]> {
    this.#mayHaveOthers = true;
    return this.#run(() => this.#claim(take, included));
  }

  write(payload: Pieces): Promise<void> {
    // Taken at the call: what a claim that is under way will take cannot be in this payload.
    const claimed = this.#claimed;
    const absorbed = [...this.#inherited, ...claimed];
    const bytes = joinPieces(encodeEnvelope({ absorbed, payload }));
    return this.#run(() => this.#write(bytes, claimed));
  }

  close(): Promise<void> {
    return this.#queue.close(() =>
      this.#isolate.queue.run(async () => {
        this.#isolate.owners.delete(this.id);
        const giveUp = async (record: StoredRecord) => {
          if (record.owner === this.id) await this.#put({ ...record, owner: '' });
        };
        if (this.#mayHaveOthers) await this.#each(giveUp);
        else await this.#get(this.id).then((own) => own && giveUp(own));
      }),
    );
  }

  #run<T>(operation: () => Promise<T>): Promise<T> {
    return this.#queue.run(() => this.#isolate.queue.run(operation));
  }

  async #claim(
    take: (record: ClaimedRecord) => void,
    included: readonly string[],
  ): Promise<readonly string[]> {
    const present = await this.#each(async (record) => {
      const { id, bytes } = record;
      const isFree = id !== this.id && (this.#isGone(record) || isIncluded(record, included));
      const owner = isFree ? this.id : record.owner;
      // What is not a record stays as it is, to be set aside.
      if (isFree && bytes instanceof Uint8Array) await this.#put({ ...record, owner });
      return { id, owner, absorbed: absorbedBy(bytes) };
    });
    const { damaged, inherited } = await settleClaim(
      present,
      { id: this.id, claimed: this.#claimed, inherited: this.#inherited },
      {
        read: ({ id }) => this.#get(id),
        take: (record) => {
          take(record);
          this.#claimed = [...this.#claimed, record.id];
        },
        delete: async ({ id }) => void (await this.#place.delete(this.#key(id))),
        setAside: async ({ id }, reason) => {
          const keptAs = `${PREFIX}/damaged/${this.#name}/${id}`;
          const record = await this.#get(id);
          if (record) await this.#place.put(keptAs, record.bytes);
          await this.#place.delete(this.#key(id));
          return `${keptAs} (${reason})`;
        },
      },
    );
    this.#inherited = inherited;
    return damaged;
  }

  async #write(bytes: Uint8Array, claimed: readonly string[]): Promise<void> {
    await this.#put({ id: this.id, owner: this.id, written: 0, bytes });
    for (const id of claimed) await this.#place.delete(this.#key(id));
    this.#claimed = this.#claimed.filter((id) => !claimed.includes(id));
  }

  #isGone({ owner, written }: StoredRecord): boolean {
    if (owner === '') return true;
    if (this.#isolate.owners.has(owner)) return false;
    // `written` is `NaN` if the line is damaged.
    return this.#place.exclusive || !(currentTime() - written <= ABANDONED_AFTER);
  }

  /** Visits the records one after the other, since they may be many, and large. */
  async #each<T>(see: (record: StoredRecord) => Promise<T>): Promise<T[]> {
    const seen: T[] = [];
    const prefix = this.#key('');
    for (const key of await this.#place.keys(prefix)) {
      const record = await this.#get(key.slice(prefix.length));
      if (record) seen.push(await see(record));
    }
    return seen;
  }

  async #get(id: string): Promise<StoredRecord | undefined> {
    const value = await this.#place.get(this.#key(id));
    // RACE: another isolate may have deleted the record since.
    return value && unpack(id, value);
  }

  #put({ id, owner, bytes }: StoredRecord): Promise<unknown> {
    const line = new TextEncoder().encode(`${owner} ${currentTime()}\n`);
    return this.#place.put(this.#key(id), joinPieces([line, bytes]));
  }

  #key(id: string): string {
    return `${PREFIX}/record/${this.#name}/${id}`;
  }
}

function unpack(id: string, value: Uint8Array): StoredRecord {
  // Another program may have put anything under this key.
  if (!(value instanceof Uint8Array)) return { id, owner: '', written: 0, bytes: value };
  const end = value.indexOf(0x0a);
  const [owner = '', written] = new TextDecoder().decode(value.subarray(0, end)).split(' ');
  return { id, owner, written: Number(written), bytes: value.subarray(end + 1) };
}

/** Returns the name itself if it can be part of a key, else a digest of its UTF-16 units. */
async function keyPart(name: string): Promise<string> {
  if (/^[\w.-]{1,80}$/.test(name)) return name;
  const units = Uint16Array.from(name, (_, i) => name.charCodeAt(i));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', units));
  return `#${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
