import type { Kinds } from '../kinds/kind.ts';
import type { PartConfig, PartHost } from '../protocol/feature.ts';
import type { PartStates } from '../protocol/handover.ts';
import { recordBlobs } from '../storage/blobs.ts';
import type { Collector } from './collector.ts';
import { Parts } from './parts.ts';

/** What parts use of the place where the collector is. */
export interface Lent {
  /** They must have their `claims`: a part may be anybody's code. */
  readonly kinds: Kinds;
  readonly outbox: PartHost['outbox'];
}

/**
 * Starts parts of features that the application uses, if there are any. Those that run stay as they are.
 * @param states what the parts of the collector before this one kept
 * @throws Error when the code of a part cannot be had in this worker
 */
export async function openParts(
  collector: Collector,
  lent: Lent,
  configs: readonly PartConfig[] | undefined,
  states: PartStates = [],
): Promise<void> {
  if (!configs?.length) return;
  // This comes before they start: what is kept for them is handed over from now on.
  collector.parts ??= partsOf(collector, lent, states);
  await collector.parts.open(configs);
}

function partsOf(collector: Collector, lent: Lent, states: PartStates): Parts {
  const { services, config } = collector;
  const { persist } = config;
  const kept = async () => collector.kept?.();
  return new Parts(
    {
      clock: services.clock,
      ...lent,
      nameRule: collector.table.nameRule,
      read: () => collector.read(),
      fail: (reason, message) => collector.fail(reason, message),
      loadPart: (part) => services.loadPart(part),
      // What cannot be copied is the part's own mistake, and nobody waits for the answer.
      hook: (type, ...told) => void collector.owner.hook(type, told).catch(() => {}),
      event: (name, value, labels) => collector.recordEvent(name, value, labels),
      deliver: (...what) => collector.deliver(...what),
      ask: (part, question) => collector.owner.answer(part, question),
      kept,
      async blobs(name) {
        const storage = persist && (persist.storage ?? services.storage(persist.directory));
        return storage && recordBlobs(storage, `part ${name} ${persist.name}`, kept);
      },
      isHere: !config.mortal,
    },
    states,
  );
}
