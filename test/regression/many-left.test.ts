/** What many owners have left that have ended at the same time, such as a server's processes. */
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { joined, type Pieces } from '../../src/bytes/pieces.ts';
import { atOnce } from '../../src/collector/at-once.ts';
import { encodeTotals } from '../../src/collector/totals-record.ts';
import { leftCounter, persistenceIn } from '../collector/opened-persistence.ts';
import { makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const OWNERS = 6;
/** Such labels of 20,000 series make a record of five megabytes. */
const LONG = 'x'.repeat(200);

it('is claimed a part at a time, and all of it is counted once', async () => {
  const directory = await makeFolder();
  const options = {
    link: 'inline',
    seriesLimit: 20_000,
    persist: { name: 'app', directory },
  } as const;
  const register = (collector: ReturnType<typeof makeCollector>) =>
    collector.registerCounter('long_total', '', { labelNames: ['n', 'text'] });
  const first = makeCollector(options);
  const counter = register(first);
  for (let n = 0; n < 20_000; n++) counter.increment(1, { n: `${n}`, text: LONG });
  await first.shutdown();
  const [file = ''] = await readdir(directory);
  for (let owner = 1; owner < OWNERS; owner++) {
    const id = `${owner}`.repeat(32);
    await copyFile(join(directory, file), join(directory, file.replace(/[0-9a-f]{32}/, id)));
  }
  const next = makeCollector(options);
  register(next);
  const labels = { n: '7', text: LONG };
  await expect.poll(() => sampleOf(next, 'long_total', labels), { timeout: 60_000 }).toBe(OWNERS);
  await next.shutdown();
  expect(await readdir(directory)).toHaveLength(1);
  const last = makeCollector(options);
  register(last);
  expect(await sampleOf(last, 'long_total', labels)).toBe(OWNERS);
  await last.shutdown();
});

/** Gives three records one after the other; `during` is called while each claim is under way. */
function storeOfThree(during: (claim: number) => unknown = () => {}) {
  const names = ['a_total', 'b_total', 'c_total'];
  let claimed = 0;
  return {
    id: 'x',
    get claimed() {
      return names.slice(0, claimed);
    },
    async claim() {
      void during(claimed + 1);
      await new Promise(setImmediate);
      const id = names[claimed++]!;
      const records = [{ id, payload: encodeTotals(leftCounter(id)) }];
      return { records, damaged: [], isPartial: claimed < names.length };
    },
    write: async (_: Pieces) => {},
    close: async () => {},
  };
}

it('is in every write that deletes what was claimed before', async () => {
  const missing: string[] = [];
  let saves = 0;
  // The collector writes whenever it likes.
  const save = () => {
    if (saves++ < 20) void persistence.save();
  };
  const store = storeOfThree(save);
  store.write = async (payload) => {
    const text = Buffer.from(joined(payload)).toString();
    missing.push(...store.claimed.filter((name) => !text.includes(name)));
    save();
  };
  const { persistence, open } = persistenceIn(store, {
    failed: (message) => expect.unreachable(message),
    after: () => new Promise(() => {}),
    moved: async () => save(),
    // Of what is there now, as a worker that has other things to do in between.
    inSlices: async (work) => {
      const written = atOnce(work);
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
      return written;
    },
  });
  await open();
  expect(await persistence.save()).toBeUndefined();
  expect({ claimed: store.claimed, missing }).toEqual({
    claimed: ['a_total', 'b_total', 'c_total'],
    missing: [],
  });
});

it('makes no write wait for a claim that never ends', async () => {
  const written: string[] = [];
  const store = storeOfThree();
  store.write = async (payload) => void written.push(Buffer.from(joined(payload)).toString());
  const claim = store.claim.bind(store);
  let hangs = () => {};
  const hanging = new Promise<void>((resolve) => {
    hangs = resolve;
  });
  store.claim = () => {
    if (store.claimed.length === 0) return claim();
    hangs();
    return new Promise(() => {});
  };
  const { persistence, restored, open } = persistenceIn(store);
  void open();
  await hanging;
  restored(leftCounter('new_total'));
  expect(await persistence.save()).toBeUndefined();
  expect(written.at(-1)).toContain('new_total');
});

it('is tried again where one part could not be claimed, which is said once', async () => {
  const failed: string[] = [];
  let failures = 2;
  const store = storeOfThree();
  const claim = store.claim.bind(store);
  store.claim = () => {
    if (store.claimed.length === 1 && failures-- > 0) throw new Error('EMFILE');
    return claim();
  };
  const { open } = persistenceIn(store, { failed: (message) => void failed.push(message) });
  await open();
  expect(store.claimed).toHaveLength(3);
  expect(failed).toEqual(['what earlier owners left cannot all be claimed: Error: EMFILE']);
});

it('is no failure where the collector ends while a part is claimed', async () => {
  const failed: string[] = [];
  let isClosed = false;
  const store = storeOfThree((claim) => {
    if (claim === 2) void persistence.close();
  });
  // It waits for the claim, and takes no write any more.
  store.close = async () => {
    isClosed = true;
    for (let turn = 0; turn < 9; turn++) await new Promise(setImmediate);
  };
  store.write = async () => {
    if (isClosed) throw new Error('The store is closed');
  };
  const { persistence, open } = persistenceIn(store, {
    failed: (message) => void failed.push(message),
  });
  await open();
  expect({ claimed: store.claimed.length, failed }).toEqual({ claimed: 2, failed: [] });
});
