/** Tests what many owners have left that ended at the same time, such as a server's processes. */
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { joinPieces } from '../../src/bytes/pieces.ts';
import { decodeTotals, encodeTotals } from '../../src/collector/totals-record.ts';
import type { Store } from '../../src/storage/storage.ts';
import { leftCounter, persistenceIn } from '../collector/opened-persistence.ts';
import { makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const OWNERS = 6;
/** With such labels, 20,000 series make a record of five megabytes. */
const LONG = 'x'.repeat(200);

it('is claimed one record after the other, and all of it is counted once', async () => {
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
  await expect.poll(() => sampleOf(next, 'long_total', labels)).toBe(OWNERS);
  await next.shutdown();
  expect(await readdir(directory)).toHaveLength(1);
  const last = makeCollector(options);
  register(last);
  expect(await sampleOf(last, 'long_total', labels)).toBe(OWNERS);
  await last.shutdown();
});

/** Gives whoever claims a record for each counter. */
function storeOf(names: readonly string[]) {
  /** What each claim was told. */
  const included: (readonly string[])[] = [];
  /** The counters in each write. */
  const written: (readonly (readonly [name: string, value: unknown])[])[] = [];
  const store: Store = {
    id: 'x',
    claim: async (take, told = []) => {
      included.push(told);
      for (const id of names) take({ id, payload: encodeTotals(leftCounter(id)) });
      return [];
    },
    write: async (payload) => {
      const { families } = decodeTotals(joinPieces(payload));
      written.push(families.map(({ name, series }) => [name, series[0]?.[2]]));
    },
    close: async () => {},
  };
  return { store, included, written };
}

it('is added once where the claim fails halfway and is made again', async () => {
  const { store, included, written } = storeOf(['a_total', 'b_total']);
  let isFirst = true;
  const claim: Store['claim'] = (take, told) =>
    store.claim((record) => {
      if (isFirst && record.id === 'b_total') throw new Error('EIO');
      take(record);
    }, told);
  const { persistence, open } = persistenceIn({ ...store, claim }, { failed() {} });
  await open();
  isFirst = false;
  void persistence.save();
  const both = [
    ['a_total', [1]],
    ['b_total', [1]],
  ];
  await expect.poll(() => written).toEqual([both]);
  // Named so that the store takes it, whoever holds it by now.
  expect(included[1]).toContain('a_total');
});

it('is not added where the collector before this one has added it', async () => {
  const { store, included, written } = storeOf(['a_total', 'b_total']);
  const { persistence, open } = persistenceIn(store);
  await open({ store: 'old', absorbed: ['a_total'] });
  // The next one must not count it either, if this one ends before it has written.
  expect(persistence.location).toEqual({ store: 'x', absorbed: ['old', 'a_total', 'b_total'] });
  expect({ included, written }).toEqual({
    included: [['old', 'a_total']],
    written: [[['b_total', [1]]]],
  });
});

it('does not come back after a reset of everything, whatever is removed after that', async () => {
  const { store, written } = storeOf(['a_total']);
  const { persistence, open } = persistenceIn(store);
  persistence.erased({ what: 'reset' });
  for (let i = 0; i < 1500; i++) {
    persistence.erased({ what: 'remove', family: 'other', labelValues: [`${i}`] });
  }
  await open();
  expect(written).toEqual([[]]);
});
