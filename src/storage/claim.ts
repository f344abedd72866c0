import { absorbedBy, decodeEnvelope } from './envelope.ts';
import type { ClaimedRecord } from './storage.ts';

/** A record that is in storage while a claim runs, whoever owns it. */
export interface PresentRecord {
  readonly id: string;
  /** Of one that is not taken, the first two lines are enough. */
  readonly bytes: Uint8Array;
  /** Whether the claim took it over; if not, only what it has absorbed matters. */
  readonly taken: boolean;
  /** Why there are no bytes. */
  readonly unreadable?: string | undefined;
}

/** What is to become of the records that a claim took over. */
export interface Verdict {
  readonly records: readonly ClaimedRecord[];
  /** Ids of those whose content another record already includes: to be deleted. */
  readonly superseded: readonly string[];
  readonly damaged: readonly { readonly id: string; readonly reason: string }[];
  /** Ids that `records` had absorbed, newest last. */
  readonly inherited: readonly string[];
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
    ...examine(record, check),
  }));
  const absorbed = new Set(examined.flatMap((record) => record.absorbed));
  const records: ClaimedRecord[] = [];
  const superseded: string[] = [];
  const damaged: { id: string; reason: string }[] = [];
  const inherited: string[] = [];
  for (const { id, taken, payload, reason, absorbed: its } of examined) {
    if (!taken) continue;
    if (absorbed.has(id)) {
      superseded.push(id);
    } else if (payload) {
      records.push({ id, payload });
      inherited.push(...its);
    } else {
      damaged.push({ id, reason });
    }
  }
  return { records, superseded, damaged, inherited };
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
