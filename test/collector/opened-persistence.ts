import type { Handover } from '../../src/collector/handover.ts';
import { Persistence, type PersistenceHost } from '../../src/collector/persistence.ts';
import { restore } from '../../src/collector/restore.ts';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { SeriesTable } from '../../src/collector/series-table.ts';
import type { TotalsRecord } from '../../src/collector/totals-record.ts';
import { EventLog } from '../../src/events/event-log.ts';
import { READING_KINDS } from '../../src/kinds/reading-kinds.ts';
import type { Store } from '../../src/storage/storage.ts';

/** Returns a counter that is 1, as an earlier owner would have left it. */
export function leftCounter(name: string): TotalsRecord {
  const totals = { name, type: 'counter', labelNames: [], shape: {} } as const;
  return { families: [{ ...totals, series: [[[], false, [1]]] }], events: [] };
}

/** Makes a persistence that keeps an empty table in this store. */
export function persistenceIn(store: Store, host: Partial<PersistenceHost> = {}) {
  const table = new SeriesTable(READING_KINDS, 10);
  const events = new EventLog(10);
  const restored = (record: TotalsRecord) => restore(record, table, events);
  const persistence = new Persistence(
    { kind: 'memory', open: async () => store },
    {
      kinds: READING_KINDS,
      now: () => 0,
      failed: (message) => {
        throw new Error(message);
      },
      clock: { after: async () => {}, within: async (_, work) => void (await work) },
      restored,
      moved: async () => {},
      erased: [],
      table,
      events,
      inSlices: async (work) => {
        await new Promise(setImmediate);
        return runToEnd(work);
      },
      ...host,
    },
  );
  const open = (handover?: Partial<Handover>) =>
    persistence.open('app', handover as Handover | undefined);
  return { persistence, restored, open };
}
