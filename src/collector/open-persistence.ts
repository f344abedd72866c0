import type { Kinds } from '../kinds/kind.ts';
import type { PersistOptions } from '../protocol/config.ts';
import type { Collector, OpenPersistence } from './collector.ts';
import type { Handover } from './handover.ts';
import { OPEN_DEADLINE, Persistence } from './persistence.ts';
import { restore } from './restore.ts';

/** 30 days, in seconds. */
const MAX_AGE = 2_592_000;

/** @param kinds must have their `claims`: anybody may have written into storage */
export const openPersistence =
  (kinds: Kinds): OpenPersistence =>
  (collector, options, handover) =>
    open(kinds, collector, options, handover);

/**
 * Restores what earlier owners have left, and keeps what this one collects. Never rejects.
 * @param handover what the collector that this one replaces has left, if there was one
 */
async function open(
  kinds: Kinds,
  collector: Collector,
  { name, storage, directory, maxAge = MAX_AGE }: PersistOptions,
  handover: Handover | undefined,
): Promise<void> {
  const { services, config, table, log: events } = collector;
  const now = () => services.clock.now();
  const persistence = new Persistence(storage ?? services.storage(directory), {
    kinds,
    now,
    after: (seconds) => services.clock.after(seconds),
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
}
