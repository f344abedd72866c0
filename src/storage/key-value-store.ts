import { joined, type Pieces } from '../bytes/pieces.ts';
import { currentTime } from '../timers.ts';
import { judge, picking } from './claim.ts';
import { encodeEnvelope } from './envelope.ts';
import type { KeyValuePlace } from './key-value.ts';
import { OperationQueue } from './operation-queue.ts';
import { ABANDONED_AFTER, type Claim, randomId, type Store } from './storage.ts';

const PREFIX = 'utilityfog-telemetry';
/**
 * A request that has ended takes its I/O along, which then never settles. Platforms let a request
 * go on for so long after its response. Milliseconds.
 */
const ABANDONED_OPERATION = 30_000;
/** Ids of absorbed records that a record goes on naming, should their deletion have failed. */
const INHERITED_LIMIT = 100;

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
  /** Returned by a claim and not yet deleted. */
  #claimed: readonly string[] = [];
  #inherited: readonly string[] = [];

  constructor(isolate: Isolate, name: string) {
    this.#isolate = isolate;
    this.#place = isolate.place;
    this.#name = name;
    isolate.owners.add(this.id);
  }

  claim(predecessor?: string, check?: (payload: Uint8Array) => void): Promise<Claim> {
    return this.#run(() => this.#claim(predecessor, check));
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
        for (const record of await this.#all((record) => record)) {
          if (record.owner === this.id) await this.#put({ ...record, owner: '' });
        }
      }),
    );
  }

  #run<T>(operation: () => Promise<T>): Promise<T> {
    return this.#queue.run(() => this.#isolate.queue.run(operation));
  }

  async #claim(
    predecessor: string | undefined,
    check?: (payload: Uint8Array) => void,
  ): Promise<Claim> {
    const claimant = { id: this.id, claimed: this.#claimed, predecessor };
    const isGone = (record: StoredRecord) => this.#isGone(record);
    const present = await this.#all(picking(claimant, isGone));
    const verdict = judge(present, check);
    const byId = new Map(present.map((record) => [record.id, record]));
    for (const id of verdict.held) {
      await this.#put({ ...byId.get(id)!, owner: this.id });
    }
    for (const { id } of verdict.superseded) await this.#place.delete(this.#key(id));
    const damaged: string[] = [];
    for (const { id, reason } of verdict.damaged) {
      const place = `${PREFIX}/damaged/${this.#name}/${id}`;
      await this.#place.put(place, byId.get(id)!.bytes);
      await this.#place.delete(this.#key(id));
      damaged.push(`${place} (${reason})`);
    }
    // Only now: had anything failed before, the next claim would return these.
    this.#claimed = [...this.#claimed, ...verdict.records.map(({ id }) => id)];
    this.#inherited = [...this.#inherited, ...verdict.inherited].slice(-INHERITED_LIMIT);
    return { records: verdict.records, damaged, isPartial: verdict.isPartial };
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

  /** @param kept what is to be kept of each */
  async #all<T>(kept: (record: StoredRecord) => T): Promise<T[]> {
    const records: T[] = [];
    for (const key of await this.#place.keys(this.#key(''))) {
      const value = await this.#place.get(key);
      // RACE: another isolate may have deleted it since.
      if (value) records.push(kept(unpack(key.slice(this.#key('').length), value)));
    }
    return records;
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
