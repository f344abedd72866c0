import { absorbedBy, decodeEnvelope } from './envelope.ts';
import type { ClaimedRecord } from './storage.ts';

/** Of so many bytes of records a claim takes no more; those that are left are claimed after a write. */
const MAX_CLAIMED = 16_777_216;

/** How much a claim may still take: many owners may have ended at once, and left large records. */
export class ClaimBudget {
  #left = MAX_CLAIMED;
  /** Whether something was left for the next claim. */
  isSpent = false;

  /**
   * @param isPredecessors of what the claimant's own state includes: another life would count it again if
   * the claimant wrote its state and were killed before it had taken this
   * @returns whether the claim takes a record of so many bytes
   */
  take(size: number, isPredecessors: boolean): boolean {
    const isTaken = isPredecessors || this.#left > 0;
    if (isTaken) this.#left -= size;
    else this.isSpent = true;
    return isTaken;
  }
}

/** A record that is in storage while a claim runs, whoever owns it. */
export interface PresentRecord {
  readonly id: string;
  /** Of one that is not taken, the first two lines are enough. */
  readonly bytes: Uint8Array;
  /** Whether the claim took it over; if not, only what it has absorbed matters. */
  readonly taken: boolean;
  /** Whether the next claim will take it. */
  readonly postponed?: boolean | undefined;
  /** Why there are no bytes. */
  readonly unreadable?: string | undefined;
}

/** What is to become of the records that a claim took over, or left for the next one. */
export interface Verdict {
  readonly records: readonly ClaimedRecord[];
  /** Ids of those whose content another record already includes: to be deleted. */
  readonly superseded: readonly string[];
  readonly damaged: readonly { readonly id: string; readonly reason: string }[];
  /** Ids that `records` had absorbed, newest last. */
  readonly inherited: readonly string[];
  /** Ids of those that are the claimant's, and that its next claim has to look at again. */
  readonly kept: readonly string[];
}

/**
 * The rules of a claim, the same wherever the records are. `present` must be complete.
 * @param check throws for a payload that nobody can make use of
 */
export function judge(
  present: readonly PresentRecord[],
  check: (payload: Uint8Array) => void = () => {},
): Verdict {
  const examined = present.map((record) => ({
    id: record.id,
    taken: record.taken,
    postponed: record.postponed === true,
    ...examine(record, check),
  }));
  const absorbedByThose = (whose: boolean) =>
    new Set(examined.flatMap(({ postponed, absorbed }) => (postponed === whose ? absorbed : [])));
  const absorbed = absorbedByThose(false);
  // Whether those that have absorbed it can be read is yet to be seen: the next claim knows.
  const unsettled = absorbedByThose(true);
  const records: ClaimedRecord[] = [];
  const superseded: string[] = [];
  const damaged: { id: string; reason: string }[] = [];
  const inherited: string[] = [];
  const kept: string[] = [];
  for (const { id, taken, postponed, payload, reason, absorbed: its } of examined) {
    if (!taken && !postponed) continue;
    if (absorbed.has(id)) {
      superseded.push(id);
    } else if (postponed) {
      // The next claim sees to it.
    } else if (unsettled.has(id)) {
      kept.push(id);
    } else if (payload) {
      records.push({ id, payload });
      inherited.push(...its);
    } else {
      damaged.push({ id, reason });
    }
  }
  return { records, superseded, damaged, inherited, kept };
}

/** One that cannot be read includes nothing: what it has absorbed is still needed. */
function examine(
  { bytes, taken, unreadable }: PresentRecord,
  check: (payload: Uint8Array) => void,
) {
  const damaged = (reason: string) => ({ payload: undefined, absorbed: [], reason });
  if (unreadable !== undefined) return damaged(unreadable);
  if (!taken) return { payload: undefined, absorbed: absorbedBy(bytes), reason: '' };
  const envelope = decodeEnvelope(bytes);
  if (!envelope.ok) return damaged(envelope.reason);
  const { payload, absorbed } = envelope;
  try {
    check(payload);
  } catch (error) {
    return damaged(`its content cannot be read: ${error}`);
  }
  return { payload, absorbed, reason: '' };
}
