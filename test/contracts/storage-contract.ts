import { joinPieces, type Pieces } from '../../src/bytes/pieces.ts';
import type { DestinationKind } from '../../src/delivery/destination.ts';
import { decodeEnvelope, encodeEnvelope } from '../../src/storage/envelope.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { claimAll, claimedTexts } from '../storage/claim-all.ts';

/**
 * What every storage must do. These are plain functions that throw, without a test framework, so the same
 * cases run in Node and in a page of a real browser.
 */
export interface StorageCase {
  readonly name: string;
  run(make: () => Promise<Subject>): Promise<void>;
}

/** An empty storage, and direct access to its raw bytes. */
export interface Subject {
  readonly storage: Storage;
  /** The kinds of destinations to which exports go. */
  readonly destinations: DestinationKind;
  /** Leaves a record behind as an owner that is gone would have. */
  plant(name: string, id: string, bytes: Uint8Array): Promise<void>;
  /** Raw bytes of the records under a name, by id. */
  records(name: string): Promise<ReadonlyMap<string, Uint8Array>>;
  /** Raw bytes of what was set aside. */
  setAside(): Promise<readonly Uint8Array[]>;
  /** What was sent to that destination. */
  read(destination: string): Promise<Uint8Array | undefined>;
  /** A destination that works here. */
  destination(file: string): string;
}

const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);
const record = (payload: string, absorbed: readonly string[] = []) =>
  joinPieces(encodeEnvelope({ absorbed, payload: [bytes(payload)] }));
const ID = {
  a: 'a'.repeat(32),
  b: 'b'.repeat(32),
  c: 'c'.repeat(32),
};

function equal(actual: unknown, expected: unknown, what: string): void {
  const [seen, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (seen !== wanted) throw new Error(`${what}: expected ${wanted}, but it is ${seen}`);
}

/** Exports to a destination, which must take it. */
async function put({ destinations }: Subject, destination: string, body: Pieces): Promise<void> {
  const { send } = destinations.open({ exporter: 'contract', format: 'x', destination });
  const receipt = await send(body, { contentType: 'text/plain' }, new AbortController().signal);
  equal(receipt.ok, true, 'whether it was taken');
}

/** Resolves to what a later owner finds, and gives it back at once. */
async function claimedByNext(storage: Storage, name: string): Promise<string[]> {
  const store = await storage.open(name);
  const found = await claimedTexts(store);
  await store.close();
  return found;
}

export const storageCases: readonly StorageCase[] = [
  {
    name: 'has nothing to claim at first',
    async run(make) {
      const { storage } = await make();
      const store = await storage.open('app');
      equal(await claimAll(store), { records: [], damaged: [], ids: [] }, 'the first claim');
    },
  },
  {
    name: 'gives the last record of an owner that is gone to the next one, once',
    async run(make) {
      const { storage } = await make();
      const first = await storage.open('app');
      await first.write([bytes('one')]);
      await first.write([bytes('two')]);
      await first.close();
      const second = await storage.open('app');
      equal(await claimedTexts(second), ['two'], 'the first claim');
      equal(await claimedTexts(second), [], 'the same store again');
      const third = await storage.open('app');
      equal(await claimedTexts(third), [], 'another store, while the second lives');
    },
  },
  {
    name: 'gives each record by itself, and what is asked for meanwhile waits',
    async run(make) {
      const { storage, plant } = await make();
      for (const id of [ID.a, ID.b, ID.c]) await plant('app', id, record(id));
      const store = await storage.open('app');
      const events: string[] = [];
      const claiming = store.claim(({ id }) => void events.push(id));
      await store.write([bytes('none of them')]);
      events.push('written');
      await claiming;
      equal(events.slice(0, 3).sort(), [ID.a, ID.b, ID.c], 'given before');
      equal(events[3], 'written', 'the last');
    },
  },
  {
    name: 'takes what a predecessor has left from a successor that ended before it wrote',
    async run(make) {
      const { storage, plant } = await make();
      await plant('app', ID.a, record('a'));
      const first = await storage.open('app');
      await first.write([bytes('first')]);
      // The owner is of the same process or tab, so nobody else can tell that it is gone.
      const second = await storage.open('app');
      await claimAll(second, [first.id]);
      const third = await storage.open('app');
      const wanted = [ID.a, first.id].sort();
      equal((await claimAll(third, [first.id, ID.a])).ids, wanted, 'claimed by the third');
      equal((await claimAll(third, [first.id, ID.a])).ids, [], 'claimed by the third again');
      await third.write([bytes('all')]);
      await second.close();
      await third.close();
      equal(await claimedTexts(await storage.open('app')), ['all'], 'claimed by the next');
    },
  },
  {
    name: 'counts one of those that have absorbed each other, and what has absorbed itself',
    async run(make) {
      const { storage, plant } = await make();
      await plant('app', ID.a, record('one', [ID.b]));
      await plant('app', ID.b, record('one', [ID.a]));
      await plant('app', ID.c, record('itself', [ID.c]));
      equal(await claimedByNext(storage, 'app'), ['itself', 'one'], 'claimed');
    },
  },
  {
    name: 'keeps the records of live owners apart',
    async run(make) {
      const { storage } = await make();
      const [first, second] = [await storage.open('app'), await storage.open('app')];
      await first.write([bytes('first')]);
      await second.write([bytes('second')]);
      equal(await claimedTexts(first), [], 'claimed by the first');
      equal(await claimedTexts(second), [], 'claimed by the second');
      await first.close();
      equal(
        await claimedTexts(second),
        ['first'],
        'claimed by the second after the first has closed',
      );
    },
  },
  {
    name: 'takes the word of a successor that an owner is gone',
    async run(make) {
      const { storage, records } = await make();
      const [first, other] = [await storage.open('app'), await storage.open('app')];
      await first.write([bytes('first')]);
      await other.write([bytes('other')]);
      const second = await storage.open('app');
      equal((await claimAll(second, [first.id])).ids, [first.id], 'claimed');
      await second.write([bytes('second')]);
      equal([...(await records('app')).keys()].sort(), [other.id, second.id].sort(), 'left');
    },
  },
  {
    name: 'deletes claimed records with the next write and not before',
    async run(make) {
      const { storage, plant, records } = await make();
      await plant('app', ID.a, record('a'));
      const store = await storage.open('app');
      equal(await claimedTexts(store), ['a'], 'claimed');
      equal([...(await records('app')).keys()], [ID.a], 'records after the claim');
      await store.write([bytes('a and more')]);
      const left = await records('app');
      equal(left.size, 1, 'number of records after the write');
      equal(left.has(ID.a), false, 'whether the claimed one is left');
      await store.close();
      equal(await claimedByNext(storage, 'app'), ['a and more'], 'what the next owner finds');
    },
  },
  {
    name: 'offers again what was claimed by an owner that never wrote',
    async run(make) {
      const { storage, plant } = await make();
      await plant('app', ID.a, record('a'));
      for (const attempt of ['first', 'second', 'third']) {
        equal(await claimedByNext(storage, 'app'), ['a'], `the ${attempt} claim`);
      }
    },
  },
  {
    name: 'does not delete what a claim still under way returns',
    async run(make) {
      const { storage, plant } = await make();
      await plant('app', ID.a, record('a'));
      const store = await storage.open('app');
      const claiming = claimAll(store);
      await store.write([bytes('without a')]);
      equal((await claiming).ids, [ID.a], 'records claimed');
      await store.close();
      equal(await claimedByNext(storage, 'app'), ['a', 'without a'], 'what the next owner finds');
    },
  },
  {
    name: 'counts nothing twice after a crash between writing and deleting',
    async run(make) {
      const { storage, plant, records } = await make();
      await plant('app', ID.a, record('1'));
      await plant('app', ID.b, record('1+2', [ID.a]));
      const store = await storage.open('app');
      equal(await claimedTexts(store), ['1+2'], 'claimed');
      equal([...(await records('app')).keys()], [ID.b], 'records left');
    },
  },
  {
    name: 'counts nothing twice after a row of such crashes',
    async run(make) {
      const { storage, plant } = await make();
      await plant('app', ID.a, record('1'));
      await plant('app', ID.b, record('1+2', [ID.a]));
      await plant('app', ID.c, record('1+2+3', [ID.b]));
      equal(await claimedByNext(storage, 'app'), ['1+2+3'], 'claimed');
    },
  },
  {
    name: 'returns what a damaged record had absorbed',
    async run(make) {
      const { storage, plant } = await make();
      await plant('app', ID.a, record('1'));
      await plant('app', ID.b, record('1+2', [ID.a]).subarray(0, -1));
      equal(await claimedByNext(storage, 'app'), ['1'], 'claimed');
    },
  },
  {
    name: 'gives each record to one of several claims at the same time',
    async run(make) {
      const { storage, plant, records } = await make();
      const wanted = Array.from({ length: 24 }, (_, i) => String(100 + i));
      for (const id of wanted) await plant('app', id.padStart(32, '0'), record(id));
      const stores = await Promise.all(Array.from({ length: 6 }, () => storage.open('app')));
      const found = await Promise.all(stores.map(claimedTexts));
      equal(found.flat().sort(), wanted, 'all that was claimed');
      await Promise.all(stores.map((store, i) => store.write([bytes(found[i].join())])));
      equal((await records('app')).size, stores.length, 'number of records in the end');
    },
  },
  {
    name: 'counts nothing twice in several claims at the same time',
    async run(make) {
      const { storage, plant } = await make();
      const pairs = Array.from({ length: 12 }, (_, i) => String(100 + i));
      for (const id of pairs) {
        const absorbed = `1${id}`.padStart(32, '0');
        await plant('app', absorbed, record('absorbed'));
        await plant('app', `2${id}`.padStart(32, '0'), record(id, [absorbed]));
      }
      const stores = await Promise.all(Array.from({ length: 6 }, () => storage.open('app')));
      const found = await Promise.all(
        stores.map(async (store) => {
          const mine = await claimedTexts(store);
          await store.write([bytes(mine.join())]);
          return mine;
        }),
      );
      equal(found.flat().sort(), pairs, 'all that was claimed');
    },
  },
  ...damages().map(
    ([what, damage]): StorageCase => ({
      name: `sets a record aside that is damaged: ${what}`,
      async run(make) {
        const { storage, plant, setAside } = await make();
        const broken = damage(record('payload'));
        await plant('app', ID.a, broken);
        await plant('app', ID.b, record('sound'));
        const store = await storage.open('app');
        const { ids, damaged } = await claimAll(store);
        equal(ids, [ID.b], 'ids claimed');
        equal(damaged.length, 1, 'number of damaged records reported');
        const kept = (await setAside()).map((raw) => [...raw]);
        equal(kept, [[...broken]], 'what was set aside');
        await store.close();
        const next = await storage.open('app');
        equal((await claimAll(next)).damaged, [], 'damaged records that the next owner finds');
      },
    }),
  ),
  {
    name: 'keeps any payload whole',
    async run(make) {
      const { storage } = await make();
      const all = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 31) >> 3);
      const payloads: Uint8Array[] = [
        new Uint8Array(0),
        bytes('\n\n{}\n'),
        all,
        all.subarray(1000, 1003),
      ];
      if (typeof SharedArrayBuffer === 'function') {
        payloads.push(new Uint8Array(new SharedArrayBuffer(8)).fill(7));
      }
      for (const [i, payload] of payloads.entries()) {
        const name = `payload ${i}`;
        const store = await storage.open(name);
        await store.write([payload]);
        await store.close();
        const { records } = await claimAll(await storage.open(name));
        equal(records.length, 1, `number of records of ${name}`);
        equal([...records[0].payload], [...payload], name);
      }
    },
  },
  {
    name: 'takes any string as name and tells them all apart',
    async run(make) {
      const { storage } = await make();
      for (const name of NAMES) {
        const store = await storage.open(name);
        await store.write([bytes(JSON.stringify(name))]);
        await store.close();
      }
      for (const name of NAMES) {
        equal(
          await claimedByNext(storage, name),
          [JSON.stringify(name)],
          `name ${name.slice(0, 50)}`,
        );
      }
    },
  },
  {
    name: 'writes in the order of the calls',
    async run(make) {
      const { storage } = await make();
      const store = await storage.open('app');
      await Promise.all(['1', '2', '3', '4'].map((payload) => store.write([bytes(payload)])));
      await store.close();
      equal(await claimedByNext(storage, 'app'), ['4'], 'what the next owner finds');
    },
  },
  {
    name: 'finishes its writes before it closes, and refuses later ones',
    async run(make) {
      const { storage } = await make();
      const store = await storage.open('app');
      const write = store.write([bytes('last')]);
      await Promise.all([store.close(), store.close()]);
      await write;
      for (const late of [() => store.write([bytes('late')]), () => store.claim(() => {})]) {
        const code = await late().then(
          () => 'done',
          (error) => error.code,
        );
        equal(code, 'store_closed', 'what a call after close does');
      }
      equal(await claimedByNext(storage, 'app'), ['last'], 'what the next owner finds');
    },
  },
  {
    name: 'replaces a destination as a whole',
    async run(make) {
      const subject = await make();
      const { read, destination } = subject;
      const place = destination('metrics.prom');
      await put(subject, place, [bytes('a longer first version')]);
      await put(subject, place, [bytes('xsecondx').subarray(1, 7)]);
      equal(text(await read(place)), 'second', 'what a reader finds');
      equal(await read(destination('other.prom')), undefined, 'another destination');
    },
  },
  {
    name: 'puts and writes pieces one after the other, as many as there are, empty ones too',
    async run(make) {
      const subject = await make();
      const { storage, read, destination } = subject;
      const pieces = Array.from({ length: 3000 }, (_, i) => bytes(i % 7 === 0 ? '' : `${i};`));
      const whole = pieces.map(text).join('');
      const place = destination('metrics.prom');
      await put(subject, place, pieces);
      equal(text(await read(place)), whole, 'what a reader finds');
      await put(subject, place, [bytes('')]);
      equal(text(await read(place)), '', 'what a reader finds of nothing');
      const store = await storage.open('app');
      await store.write(pieces);
      await store.close();
      equal(await claimedByNext(storage, 'app'), [whole], 'what the next owner finds');
    },
  },
  {
    name: 'puts a copy: the caller may use its memory again, or share it with threads',
    async run(make) {
      const subject = await make();
      const { read, destination } = subject;
      const place = destination('metrics.prom');
      const reused = bytes('first');
      await put(subject, place, [reused]);
      reused.fill(0);
      equal(text(await read(place)), 'first', 'after the memory was used again');
      if (typeof SharedArrayBuffer !== 'function') return;
      const shared = new Uint8Array(new SharedArrayBuffer(6));
      shared.set(bytes('shared'));
      await put(subject, place, [shared]);
      equal(text(await read(place)), 'shared', 'from shared memory');
    },
  },
  {
    name: 'keeps exports and records apart',
    async run(make) {
      const subject = await make();
      const { storage, destination } = subject;
      await put(subject, destination('app'), [bytes('export')]);
      equal(await claimedByNext(storage, 'app'), [], 'claimed');
    },
  },
];

function damages(): [string, (sound: Uint8Array) => Uint8Array][] {
  return [
    ['a flipped bit', (sound) => sound.with(sound.length - 3, sound[sound.length - 3] ^ 4)],
    ['cut short', (sound) => sound.slice(0, -2)],
    ['cut within the first line', (sound) => sound.slice(0, 20)],
    ['empty', () => new Uint8Array(0)],
    ['all zero, as some filesystems leave it', (sound) => new Uint8Array(sound.length)],
    ['of a newer version', newerVersion],
  ];
}

function newerVersion(sound: Uint8Array): Uint8Array {
  const newer = bytes((text(sound) ?? '').replace('record 1 ', 'record 2 '));
  const decoded = decodeEnvelope(newer);
  equal(!decoded.ok && decoded.reason, 'it has version 2, not 1', 'why it cannot be read');
  return newer;
}

const LONG = 'a long name/'.repeat(400);
const NAMES: readonly string[] = [
  ...['app', 'App', 'APP', 'app.b', 'app/b', 'app\\b', 'app b', '%0061pp', 'app%', 'app.telemetry'],
  ...['', ' ', '.', '..', '/', '../app', '/etc/app', 'C:\\app', 'CON', '\0', 'a\nb', '__proto__'],
  ...['é', 'e\u0301', '日本語', '🚀', '\ud800', '\udc00', `app.${ID.a}`, `app.${ID.a}.telemetry`],
  ...[LONG, `${LONG}x`, 'é'.repeat(300), 'a'.repeat(100), 'a'.repeat(101), 'A'.repeat(101)],
];
