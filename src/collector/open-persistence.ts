import type { Kinds } from '../kinds/kind.ts';
import type { OpenPersistence } from './collector.ts';
import { OPEN_DEADLINE, Persistence } from './persistence.ts';
import { restore } from './restore.ts';

/** 30 days, in seconds. */
const MAX_AGE = 2_592_000;

/**
 * Returns a function that restores the totals of earlier owners and stores those of the collector. The function
 * never rejects.
 * @param kinds must have their `claims`: anybody may have written into storage
 */
export const openPersistence =
  (kinds: Kinds): OpenPersistence =>
  async (collector, { name, storage, directory, maxAge = MAX_AGE }, handover) => {
    const { services, config, table, log: events } = collector;
    const now = () => services.clock.now();
    const persistence = new Persistence(storage ?? services.storage(directory), {
      kinds,
      now,
      clock: services.clock,
      failed: (message) => collector.fail('storage', message),
      stored: (durability) => collector.stored(durability),
      restored: (record) => {
        restore(record, table, events, now(), maxAge);
        if (record.states) collector.parts?.restore(record.states);
      },
      states: () => collector.parts?.states,
      moved: async () => void (await collector.handOver(true)),
      isComplete: () => collector.isComplete !== false,
      kept: async () => collector.kept?.(),
      erased: config.erased,
      table,
      events,
      inSlices: services.inSlices,
    });
    collector.persistence = persistence;
    // A database that is blocked may never say so. What it holds is added whenever it opens.
    let isOpen = false;
    const opened = persistence.open(name, handover).then(() => {
      isOpen = true;
      void collector.changed(true);
    });
    await Promise.race([opened, services.clock.after(OPEN_DEADLINE)]);
    if (!isOpen) collector.fail('storage', `storage has not opened for ${OPEN_DEADLINE} seconds`);
  };
