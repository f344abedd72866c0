import { decodeEnvelope } from './envelope.ts';
import type { ClaimedRecord } from './storage.ts';

/** Ids of records that are gone, as far as a listing tells, that a record goes on naming. */
const MAX_GONE = 100;

/** A record that is in storage while a claim runs, whoever owns it. */
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
  /** Given by earlier claims, and not yet deleted. */
  readonly claimed: readonly string[];
  /** What earlier claims have said of `Verdict.inherited`. */
  readonly inherited: readonly string[];
}

/**
 * Whether what the claimant has taken over from another collector includes a record, or its owner. That
 * owner is gone, which nothing tells where its process or tab lives. So is a successor of it that ended
 * before it wrote, and holds what it had claimed.
 */
export function isIncluded(
  { id, owner }: Pick<PresentRecord, 'id' | 'owner'>,
  included: readonly string[],
): boolean {
  return included.includes(owner) || included.includes(id);
}

/** A whole record, or why it cannot be read. */
export type Reading = { readonly bytes: Uint8Array } | { readonly unreadable: string };

/** What a claim does with records, wherever they are. */
export interface ClaimActions<R extends PresentRecord> {
  /** Nothing where it is gone. */
  read(record: R): Promise<Reading | undefined>;
  /** Throws for a payload that nobody can make use of. */
  take(record: ClaimedRecord): void;
  delete(record: R): Promise<void>;
  /** Resolves to where it is now. */
  setAside(record: R, reason: string): Promise<string>;
}

export interface Verdict {
  /** Where damaged records are now. */
  readonly damaged: readonly string[];
  /** Ids of records that the next write must name beside those that were taken: they may come back. */
  readonly inherited: readonly string[];
}

/**
 * The rules of a claim, the same in every storage. Records are read one after the other, each after those
 * that say they have absorbed it: whether that is true depends on whether those can be read.
 * @param present must be complete, and say of what the claim took over that it is the claimant's
 */
export async function settleClaim<R extends PresentRecord>(
  present: readonly R[],
  { id: own, claimed, inherited }: Claimant,
  actions: ClaimActions<R>,
): Promise<Verdict> {
  const isTaken = ({ id, owner }: R) => owner === own && id !== own && !claimed.includes(id);
  const taken = present.filter(isTaken);
  // Of these only what they have absorbed matters.
  const others = present.filter((record) => !isTaken(record));
  // RACE: what another claim holds may yet turn out to be damaged, or not, and nobody else can tell.
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
      // It stays where it is, for whoever comes after this owner.
      return;
    } else {
      const reading = await actions.read(record);
      if (!reading) {
        // RACE: to another claim this owner looks gone, as on another host. That one may have all of it.
        for (const other of absorbed) unsettled.add(other);
        return;
      }
      const failure = taking(id, reading, actions);
      if (failure !== undefined) {
        // It includes nothing: what it has absorbed is still needed.
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

/** Why a record cannot be taken, if it cannot. */
function taking<R extends PresentRecord>(
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

/** Each after those that have absorbed it. Of some that have absorbed each other, any is the first. */
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
  // Not by recursion: a row of them may be long.
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
