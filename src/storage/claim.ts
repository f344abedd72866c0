import { decodeEnvelope } from './envelope.ts';
import type { ClaimedRecord } from './storage.ts';

/** A record also names records that a listing no longer shows, since they may come back. At most so many. */
const MAX_GONE = 100;

/** A record that is in storage while a claim runs, whoever its owner is. */
export interface PresentRecord {
  readonly id: string;
  /** Id of the store that it belongs to. */
  readonly owner: string;
  /** Ids of the records that it has absorbed, as its head says. */
  readonly absorbed: readonly string[];
}

/** The store that claims. */
export interface Claimant {
  readonly id: string;
  /** Ids of the records that earlier claims have taken and that are not yet deleted. */
  readonly claimed: readonly string[];
  /** The `Verdict.inherited` of earlier claims. */
  readonly inherited: readonly string[];
}

/**
 * Whether what the claimant has taken over from another collector includes this record or its owner. Such
 * an owner is gone, although no lock shows it, since its process or tab lives on. A successor of that owner
 * that ended before it wrote anything is gone, too; it holds what it had claimed.
 */
export function isIncluded(
  { id, owner }: Pick<PresentRecord, 'id' | 'owner'>,
  included: readonly string[],
): boolean {
  return included.includes(owner) || included.includes(id);
}

/** The bytes of a whole record, or why it cannot be read. */
export type Reading = { readonly bytes: Uint8Array } | { readonly unreadable: string };

/** What a claim can do with records, in any storage. */
export interface ClaimActions<R extends PresentRecord> {
  /** Resolves to `undefined` if the record is gone. */
  read(record: R): Promise<Reading | undefined>;
  /** Takes the payload. Throws if nobody can make use of it. */
  take(record: ClaimedRecord): void;
  delete(record: R): Promise<void>;
  /** Keeps a damaged record under another name. Resolves to where it is now. */
  setAside(record: R, reason: string): Promise<string>;
}

export interface Verdict {
  /** Where damaged records are now. */
  readonly damaged: readonly string[];
  /**
   * Ids of records that the next write must name in addition to those that were taken: they may come back.
   */
  readonly inherited: readonly string[];
}

/**
 * Decides what to do with each record of a claim. The rules are the same in every storage. Records are read
 * one after the other, each after those that say they have absorbed it: whether that is true depends on
 * whether those can be read.
 * @param present must be complete; the records that this claim took over must have the claimant as owner
 */
export async function settleClaim<R extends PresentRecord>(
  present: readonly R[],
  { id: own, claimed, inherited }: Claimant,
  actions: ClaimActions<R>,
): Promise<Verdict> {
  const isTaken = ({ id, owner }: R) => owner === own && id !== own && !claimed.includes(id);
  const taken = present.filter(isTaken);
  // The other records matter only for what they have absorbed.
  const others = present.filter((record) => !isTaken(record));
  // RACE: what another claim holds may yet turn out to be damaged or not, and nobody else can tell.
  const isHeld = ({ id, owner }: R) => owner !== id && owner !== own;
  const idsIn = (records: readonly R[]) => records.flatMap(({ absorbed }) => absorbed);
  const superseded = new Set(idsIn(others.filter((record) => !isHeld(record))));
  const unsettled = new Set(idsIn(others.filter(isHeld)));
  const there = new Set(present.map(({ id }) => id));
  const damaged: string[] = [];
  const named = [...inherited];

  const settleOne = async (record: R) => {
    const { id, absorbed } = record;
    if (superseded.has(id)) {
      await actions.delete(record);
      there.delete(id);
    } else if (unsettled.has(id)) {
      // The record stays where it is, for whoever comes after this owner.
      return;
    } else {
      const reading = await actions.read(record);
      if (!reading) {
        // RACE: to another claim, perhaps on another host, this owner looks gone. That claim may have all
        // of it.
        for (const other of absorbed) unsettled.add(other);
        return;
      }
      const failure = takeRecord(id, reading, actions);
      if (failure !== undefined) {
        // A damaged record includes nothing: what it has absorbed is still needed.
        damaged.push(await actions.setAside(record, failure));
        return;
      }
      for (const other of absorbed) named.push(other);
    }
    for (const other of absorbed) superseded.add(other);
  };
  for (const record of absorbersFirst(taken)) await settleOne(record);

  const ids = [...new Set(named)].filter((id) => id !== own);
  const gone = ids.filter((id) => !there.has(id)).slice(-MAX_GONE);
  return { damaged, inherited: [...gone, ...ids.filter((id) => there.has(id))] };
}

/** Takes a record. Returns why it cannot be taken, or `undefined` if it was. */
function takeRecord<R extends PresentRecord>(
  id: string,
  reading: Reading,
  { take }: ClaimActions<R>,
): string | undefined {
  if ('unreadable' in reading) return reading.unreadable;
  const envelope = decodeEnvelope(reading.bytes);
  if (!envelope.ok) return envelope.reason;
  try {
    take({ id, payload: envelope.payload });
    return undefined;
  } catch (error) {
    return `its content cannot be read: ${error}`;
  }
}

/**
 * Sorts the records, each after those that have absorbed it. Among records that have absorbed each other
 * any comes first.
 */
function absorbersFirst<R extends PresentRecord>(records: readonly R[]): R[] {
  const absorbers = new Map<string, R[]>();
  for (const record of records) {
    for (const id of record.absorbed) {
      const known = absorbers.get(id);
      if (known) known.push(record);
      else absorbers.set(id, [record]);
    }
  }
  const order = new Set<R>();
  const entered = new Set<R>();
  // A stack, not recursion: the chain of absorbers may be long.
  const open = [...records].reverse();
  for (let record = open.pop(); record; record = open.pop()) {
    if (order.has(record)) continue;
    if (entered.has(record)) {
      order.add(record);
      continue;
    }
    entered.add(record);
    open.push(record);
    for (const absorber of absorbers.get(record.id) ?? []) {
      if (!entered.has(absorber)) open.push(absorber);
    }
  }
  return [...order];
}
