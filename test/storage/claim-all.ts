import type { ClaimedRecord, Store } from '../../src/storage/storage.ts';

/** Resolves to everything that a claim gives. */
export async function claimAll(store: Store, included?: readonly string[]) {
  const records: ClaimedRecord[] = [];
  const damaged = await store.claim((record) => void records.push(record), included);
  return { records, damaged, ids: records.map(({ id }) => id).sort() };
}

export async function claimedTexts(store: Store): Promise<string[]> {
  const { records } = await claimAll(store);
  return records.map(({ payload }) => new TextDecoder().decode(payload)).sort();
}
