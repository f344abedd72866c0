import { joined, type Pieces } from '../bytes/pieces.ts';
import { currentTime } from '../platform/timers.ts';
import { isIncluded, settleClaim } from './claim.ts';
import { absorbedBy, encodeEnvelope } from './envelope.ts';
import type { KeyValuePlace } from './key-value-place.ts';
import { OperationQueue } from './operation-queue.ts';
import { ABANDONED_AFTER, type ClaimedRecord, randomId, type Store } from './storage.ts';

const PREFIX = 'utilityfog-telemetry';
/**
 * A request that has ended takes its I/O along, which then never settles. Platforms let a request
 * go on for so long after its response. Milliseconds.
 */
const ABANDONED_OPERATION = 30_000;

/** What lies under a key: `<owner> <milliseconds since 1970>\n`, and the record. */
interface StoredRecord {
  readonly id: string;
  /** Id of the store it belongs to; empty when given up. */
  readonly owner: string;
  readonly written: number;
  readonly bytes: Uint8Array;
}

/** The stores in one place that this isolate has opened. */
interface Isolate {
  readonly place: KeyValuePlace;
  readonly owners: Set<string>;
  /** The place has no transactions: what reads and then writes must not meet its like. */
  readonly queue: OperationQueue;
}

/** Opens stores in a place by their names. */
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
  /** Given by a claim and not yet deleted. */
  #claimed: readonly string[] = [];
  #inherited: readonly string[] = [];

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
    return this.#run(() => this.#claim(take, included));
  }

  write(payload: Pieces): Promise<void> {
    // As of the call: what a claim still under way will return cannot be in this payload.
    const claimed = this.#claimed;
    const absorbed = [...this.#inherited, ...claimed];
    const bytes = joined(encodeEnvelope({ absorbed, payload }));
    return this.#run(() => this.#write(bytes, claimed));
  }

  close(): Promise<void> {
    return this.#queue.close(() =>
      this.#isolate.queue.run(async () => {
        this.#isolate.owners.delete(this.id);
        await this.#each(async (record) => {
          if (record.owner === this.id) await this.#put({ ...record, owner: '' });
        });
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
      // What is no record is set aside as it is.
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
    // `NaN` where the line is damaged.
    return this.#place.exclusive || !(currentTime() - written <= ABANDONED_AFTER);
  }

  /** One after the other: they may be many, and large. */
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
    // RACE: another isolate may have deleted it since.
    return value && unpack(id, value);
  }

  #put({ id, owner, bytes }: StoredRecord): Promise<unknown> {
    const line = new TextEncoder().encode(`${owner} ${currentTime()}\n`);
    return this.#place.put(this.#key(id), joined([line, bytes]));
  }

  #key(id: string): string {
    return `${PREFIX}/record/${this.#name}/${id}`;
  }
}

function unpack(id: string, value: Uint8Array): StoredRecord {
  // Another program may have put anything under the key.
  if (!(value instanceof Uint8Array)) return { id, owner: '', written: 0, bytes: value };
  const end = value.indexOf(0x0a);
  const [owner = '', written] = new TextDecoder().decode(value.subarray(0, end)).split(' ');
  return { id, owner, written: Number(written), bytes: value.subarray(end + 1) };
}

/** The name itself where it can stand in a key, else a digest of its UTF-16 units. */
async function keyPart(name: string): Promise<string> {
  if (/^[\w.-]{1,80}$/.test(name)) return name;
  const units = Uint16Array.from(name, (_, i) => name.charCodeAt(i));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', units));
  return `#${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
