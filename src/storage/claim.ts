import { absorbedBy, decodeEnvelope, headOf } from './envelope.ts';
import type { ClaimedRecord } from './storage.ts';

/** A claim takes no further record once it has taken so many bytes: the next one does. */
const MAX_CLAIMED = 16_777_216;

/** How much a claim may still take: many owners may have ended at once, and left large records. */
export class ClaimBudget {
  #left = MAX_CLAIMED;

  get hasRoom(): boolean {
    return this.#left > 0;
  }

  spend(bytes: number): void {
    this.#left -= bytes;
  }
}

/** A record as it lies in a place that keeps its owner beside it. */
export interface OwnedRecord {
  readonly id: string;
  readonly owner: string;
  readonly bytes: Uint8Array;
}

/** Who claims. */
interface Claimant {
  readonly id: string;
  /** Returned by its earlier claims and not yet deleted. */
  readonly claimed: readonly string[];
  readonly predecessor: string | undefined;
}

/**
 * Whether it is what the predecessor of a claimant has left: its record or one that it had claimed.
 *
 * RACE: nothing tells that a worker has ended whose process or tab lives, or its lock is held for a moment
 * longer. A successor that ended before it wrote may hold the record, too.
 */
export function isOf(
  predecessor: string | undefined,
  { id, owner }: Pick<OwnedRecord, 'id' | 'owner'>,
): boolean {
  return predecessor !== undefined && (owner === predecessor || id === predecessor);
}

/**
 * Tells of one record after the other whether a claim takes it. Of the others only the head is kept, since
 * they may be many, and large.
 * @param isGone whether the owner of a record is
 */
export function picking<R extends OwnedRecord>(
  { id: own, claimed, predecessor }: Claimant,
  isGone: (record: R) => boolean,
): (record: R) => R & PresentRecord {
  const budget = new ClaimBudget();
  return (record) => {
    const { id, owner, bytes } = record;
    const isDone = id === own || claimed.includes(id);
    const isOwn = owner === own;
    const isPredecessors = isOf(predecessor, record);
    const isFree = !isDone && !isOwn && (isPredecessors || isGone(record));
    // What the predecessor has left is a part of this owner's state already: were it left to a later claim, and
    // this process killed before, the next owner would count it twice.
    const taken = isFree ? isPredecessors || budget.hasRoom : isOwn && !isDone;
    if (isFree && taken) budget.spend(bytes?.byteLength ?? 0);
    return { ...record, bytes: taken ? bytes : headOf(bytes), taken, postponed: isFree && !taken };
  };
}

/** A record that is in storage while a claim runs, whoever owns it. */
export interface PresentRecord {
  readonly id: string;
  /** Of one that is not taken, the first two lines are enough. */
  readonly bytes: Uint8Array;
  /** Whether the claim took it over; if not, only what it has absorbed matters. */
  readonly taken: boolean;
  /** Whether it is left for the next claim, which will take it. */
  readonly postponed?: boolean | undefined;
  /** Why there are no bytes. */
  readonly unreadable?: string | undefined;
}

/** What is to become of the records that a claim took over, or left for the next one. */
export interface Verdict<R extends PresentRecord = PresentRecord> {
  readonly records: readonly ClaimedRecord[];
  /** Those whose content another record already includes: to be deleted. */
  readonly superseded: readonly R[];
  readonly damaged: readonly { readonly id: string; readonly reason: string }[];
  /** Ids that `records` had absorbed, newest last. */
  readonly inherited: readonly string[];
  /** Ids of those that are the claimant's from now on, whatever is to become of them. */
  readonly held: readonly string[];
  /** Whether the next claim will have something to take, or to look at again. */
  readonly isPartial: boolean;
}

/**
 * The rules of a claim, the same wherever the records are. `present` must be complete.
 * @param check throws for a payload that nobody can make use of
 */
export function judge<R extends PresentRecord>(
  present: readonly R[],
  check: (payload: Uint8Array) => void = () => {},
): Verdict<R> {
  const examined = present.map((record) => ({
    record,
    postponed: record.postponed === true,
    ...examine(record, check),
  }));
  const absorbedByThose = (whose: boolean) =>
    new Set(examined.flatMap(({ postponed, absorbed }) => (postponed === whose ? absorbed : [])));
  const absorbed = absorbedByThose(false);
  // Whether those that have absorbed it can be read is yet to be seen: the next claim knows.
  const unsettled = absorbedByThose(true);
  const records: ClaimedRecord[] = [];
  const superseded: R[] = [];
  const damaged: { id: string; reason: string }[] = [];
  const inherited: string[] = [];
  const held: string[] = [];
  let isPartial = false;
  for (const { record, postponed, payload, reason, absorbed: its } of examined) {
    const { id, taken } = record;
    if (!taken && !postponed) continue;
    if (absorbed.has(id)) {
      superseded.push(record);
    } else if (postponed || unsettled.has(id)) {
      isPartial = true;
      if (taken) held.push(id);
    } else if (payload) {
      records.push({ id, payload });
      held.push(id);
      inherited.push(...its);
    } else {
      damaged.push({ id, reason });
    }
  }
  return { records, superseded, damaged, inherited, held, isPartial };
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
