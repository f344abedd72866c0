import type { ExportPlan } from './collector/protocol.ts';
import type { CollectorServices } from './collector/services.ts';
import { withRetry } from './exporters/retry.ts';
import type { Storage } from './storage/storage.ts';

/** Exports as a plan says; retries before it gives up, and never rejects. */
export function exporting(
  { clock, render }: Pick<CollectorServices, 'clock' | 'render'>,
  storageHere: () => Storage,
): CollectorServices['export'] {
  // One for all exports: each object opens a connection of its own to IndexedDB.
  let destinations: Storage | undefined;
  return async ({ format, pretty, mode, destination, file }: ExportPlan, snapshot, given) => {
    destinations ??= given ?? storageHere();
    const storage = destinations;
    const place = given ? destination : (file ?? destination);
    try {
      const { pieces, done } = await render(snapshot, { format, pretty });
      await withRetry(() => storage.put(place, pieces, { mode }), {
        after: (seconds) => clock.pause(seconds),
        random: Math.random,
      }).finally(done);
      // A copy: what it is given for may go to another thread.
      return { succeeded: true, durability: storage.durability && { ...storage.durability } };
    } catch (error) {
      return { succeeded: false, error: String(error) };
    }
  };
}
