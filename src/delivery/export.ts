import type { Rendering } from '../formats/rendering.ts';
import type { Snapshot } from '../model.ts';
import type { Clock } from '../platform/clock.ts';
import type { ExportOutcome, ExportPlan } from '../protocol/requests.ts';
import type { Storage } from '../storage/storage.ts';
import { withRetry } from './retry.ts';

/** So long a destination has for what is written to it, e.g. a file of a network that is gone. Seconds. */
const LONGEST = 60;

/**
 * Exports as a plan says. Retries before it gives up, and never rejects.
 * @param storage the application's own, if it gave one
 */
export type RunExport = (
  plan: ExportPlan,
  snapshot: Snapshot,
  storage?: Storage,
) => Promise<ExportOutcome>;

export function exporting(
  clock: Clock,
  rendering: () => Promise<Rendering>,
  storageHere: () => Storage,
): RunExport {
  // One for all exports: each object opens a connection of its own to IndexedDB.
  let destinations: Storage | undefined;
  /** Where something was given up that has not ended: what never ends must not pile up. */
  const stuck = new Set<string>();
  return async ({ format, pretty, mode, destination, file }, snapshot, given) => {
    destinations ??= given ?? storageHere();
    const storage = destinations;
    const target = given ? destination : (file ?? destination);
    try {
      if (stuck.has(target)) throw new Error('an earlier export to it has not ended');
      const { choose, render } = await rendering();
      const { pieces, done } = await render(snapshot, choose({ format, pretty }));
      let hasEnded = false;
      const written = withRetry(() => storage.put(target, pieces, { mode }), {
        after: (seconds) => clock.pause(seconds),
        random: Math.random,
      }).finally(() => {
        hasEnded = true;
        stuck.delete(target);
        done?.();
      });
      await clock.within(LONGEST, written);
      if (!hasEnded) {
        stuck.add(target);
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
