import { decodeEnvelope } from './envelope.ts';
import type { ClaimedRecord } from './storage.ts';

/** A record that is in storage while a claim runs, whoever owns it. */
export interface PresentRecord {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** Whether the claim took it over; if not, only what it has absorbed matters. */
  readonly taken: boolean;
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

/** The rules of a claim, the same wherever the records are. `present` must be complete. */
export function judge(present: readonly PresentRecord[]): Verdict {
  const decoded = present.map((record) => ({ ...record, envelope: decodeEnvelope(record.bytes) }));
  const absorbed = new Set(
    decoded.flatMap(({ envelope }) => (envelope.ok ? envelope.absorbed : [])),
  );
  const records: ClaimedRecord[] = [];
  const superseded: string[] = [];
  const damaged: { id: string; reason: string }[] = [];
  const inherited: string[] = [];
  for (const { id, taken, envelope } of decoded) {
    if (!taken) continue;
    if (absorbed.has(id)) {
      superseded.push(id);
    } else if (envelope.ok) {
      records.push({ id, payload: envelope.payload });
      inherited.push(...envelope.absorbed);
    } else {
      damaged.push({ id, reason: envelope.reason });
    }
  }
  return { records, superseded, damaged, inherited };
}
