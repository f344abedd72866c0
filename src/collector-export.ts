import type { ExportPlan } from './collector/protocol.ts';
import type { CollectorServices } from './collector/services.ts';
import { withRetry } from './exporters/retry.ts';
import type { Storage } from './storage/storage.ts';

/** So long a destination has for what is written to it, e.g. a file of a network that is gone. Seconds. */
const LONGEST = 60;

/** Exports as a plan says; retries before it gives up, and never rejects. */
export function exporting(
  { clock, render }: Pick<CollectorServices, 'clock' | 'render'>,
  storageHere: () => Storage,
): CollectorServices['export'] {
  // One for all exports: each object opens a connection of its own to IndexedDB.
  let destinations: Storage | undefined;
  /** Where something was given up that has not ended: what never ends must not pile up. */
  const stuck = new Set<string>();
  return async ({ format, pretty, mode, destination, file }: ExportPlan, snapshot, given) => {
    destinations ??= given ?? storageHere();
    const storage = destinations;
    const place = given ? destination : (file ?? destination);
    try {
      if (stuck.has(place)) throw new Error('an earlier export to it has not ended');
      const { pieces, done } = await render(snapshot, { format, pretty });
      let hasEnded = false;
      const written = withRetry(() => storage.put(place, pieces, { mode }), {
        after: (seconds) => clock.pause(seconds),
        random: Math.random,
      }).finally(() => {
        hasEnded = true;
        stuck.delete(place);
        done?.();
      });
      await clock.within(LONGEST, written);
      if (!hasEnded) {
        stuck.add(place);
        throw new Error(`it has not ended after ${LONGEST} seconds`);
      }
      await written;
      // A copy: what it is given for may go to another thread.
      return { succeeded: true, durability: storage.durability && { ...storage.durability } };
    } catch (error) {
      return { succeeded: false, error: String(error) };
    }
  };
}
