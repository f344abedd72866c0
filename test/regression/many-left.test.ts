/** What many owners have left that have ended at the same time, such as a server's processes. */
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { joined, type Pieces } from '../../src/bytes/pieces.ts';
import { atOnce } from '../../src/collector/at-once.ts';
import { EventLog } from '../../src/collector/event-log.ts';
import { Persistence } from '../../src/collector/persistence.ts';
import { restore } from '../../src/collector/restore.ts';
import { SeriesTable } from '../../src/collector/series-table.ts';
import { encodeTotals } from '../../src/collector/totals-record.ts';
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

it('is in every write that deletes what was claimed before', async () => {
  const records = ['a_total', 'b_total', 'c_total'].map((name) => {
    const totals = { name, type: 'counter', labelNames: [], buckets: [] } as const;
    const families = [{ ...totals, series: [[[], false, [1]] as const] }];
    return { id: name, payload: encodeTotals({ families, events: [] }) };
  });
  let claimed = 0;
  const missing: string[] = [];
  let isSaving = (): unknown => undefined;
  const store = {
    id: 'x',
    // The collector writes whenever it likes.
    claim: async () => {
      void isSaving();
      await new Promise(setImmediate);
      claimed++;
      return {
        records: records.slice(claimed - 1, claimed),
        damaged: [],
        isPartial: claimed < records.length,
      };
    },
    write: async (payload: Pieces) => {
      const text = Buffer.from(joined(payload)).toString();
      const names = records.slice(0, claimed).map(({ id }) => id);
      missing.push(...names.filter((name) => !text.includes(name)));
      void isSaving();
    },
    close: async () => {},
  };
  const table = new SeriesTable(10);
  const events = new EventLog(10);
  const persistence = new Persistence(
    { kind: 'memory', open: async () => store, put: async () => {} },
    {
      now: () => 0,
      failed: (message) => expect.unreachable(message),
      after: () => new Promise(() => {}),
      restored: (record) => restore(record, table, events),
      moved: async () => void isSaving(),
      erased: [],
      table,
      events,
      // Of what is there now, as a worker that has other things to do in between.
      inSlices: async (work) => {
        const written = atOnce(work);
        for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
        return written;
      },
    },
  );
  let saves = 0;
  isSaving = () => {
    if (saves++ < 20) return persistence.save();
  };
  await persistence.open('app', undefined);
  expect(await persistence.save()).toBeUndefined();
  expect({ claimed, missing }).toEqual({ claimed: 3, missing: [] });
});
