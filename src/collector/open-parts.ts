import type { Kinds } from '../kinds/kind.ts';
import type { PartStates } from '../protocol/handover.ts';
import { recordBlobs } from '../storage/blobs.ts';
import type { Collector } from './collector.ts';
import { Parts } from './parts.ts';

/**
 * Starts the parts of the features that the application uses, if it uses any.
 * @param kinds must have their `claims`: a part may be anybody's code
 * @param states what the parts of the collector before this one kept
 * @throws Error when the code of a part cannot be had in this worker
 */
export async function openParts(
  collector: Collector,
  kinds: Kinds,
  states: PartStates = [],
): Promise<void> {
  const { services, config } = collector;
  if (!config.parts?.length) return;
  const { persist } = config;
  const kept = async () => collector.kept?.();
  const parts = new Parts(
    {
      clock: services.clock,
      kinds,
      nameRule: collector.table.nameRule,
      read: () => collector.read(),
      fail: (reason, message) => collector.fail(reason, message),
      // What cannot be copied is the part's own mistake, and nobody waits for the answer.
      hook: (type, told) => void collector.owner.hook(type, told).catch(() => {}),
      kept,
      async blobs(name) {
        const storage = persist && (persist.storage ?? services.storage(persist.directory));
        return storage && recordBlobs(storage, `part ${name} ${persist.name}`, kept);
      },
      isHere: !config.mortal,
    },
    states,
  );
  // This comes before they start: what is kept for them is handed over from now on.
  collector.parts = parts;
  await parts.open(config.parts, services.loadPart);
}
