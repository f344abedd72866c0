import type { Pieces } from '../bytes/pieces.ts';
import type { Storage, Store } from './storage.ts';

/**
 * Values that are kept beyond the life of a process or a tab, each under a key of its own, so that one can be
 * written without the others. Like records, they belong to one owner at a time, and a later one takes over what
 * earlier ones have left. All methods reject when the system below refuses.
 */
export interface Blobs {
  /**
   * The ids of this owner. A worker that comes after this one in the same process or tab gives them to `claim`,
   * since nothing else tells that this one is gone.
   */
  readonly owners: readonly string[];
  /**
   * Calls `take` with each value of owners that are gone. They stay where they are until `settle()`, so write again
   * what is still needed before that. A value may come twice if a process has ended in between.
   * @param take throws if nobody can make use of a value, which is then set aside
   * @param gone ids of owners that are known to be gone
   * @returns for the log: where values are that cannot be read, and why
   */
  claim(take: (value: Uint8Array) => void, gone?: readonly string[]): Promise<readonly string[]>;
  /** Deletes what was claimed. */
  settle(): Promise<void>;
  /** Replaces the value under a key. @param value must not change until this has settled */
  put(key: string, value: Pieces): Promise<void>;
  /** Deletes the value under a key. */
  delete(key: string): Promise<void>;
  /** Lets others have what is here. Later calls reject. */
  close(): Promise<void>;
}

/**
 * Keeps values in records, each of which has an owner of its own.
 * @param name any text; it should not be that of other records
 * @param opened resolves when a worker that comes after this one would know of a new owner
 */
export function recordBlobs(storage: Storage, name: string, opened: () => Promise<void>): Blobs {
  const owners: string[] = [];
  const stores = new Map<string, Promise<Store>>();
  /** Owners whose values were deleted. */
  const free: Promise<Store>[] = [];
  let claimant: Promise<Store> | undefined;
  const open = async () => {
    const store = await storage.open(name);
    owners.push(store.id);
    await opened();
    return store;
  };
  /** Resolves to the owner that `find` has; if it cannot be opened, the next call tries it again. */
  const kept = (key: string) => {
    const known = stores.get(key) ?? free.pop() ?? open();
    stores.set(key, known);
    known.catch(() => stores.get(key) === known && stores.delete(key));
    return known;
  };
  return {
    owners,
    async claim(take, gone) {
      claimant ??= open();
      claimant.catch(() => {
        claimant = undefined;
      });
      const store = await claimant;
      // What was deleted is empty, and so is what this owner itself leaves.
      return store.claim(({ payload }) => payload.length > 0 && take(payload), gone);
    },
    settle: async () => (await claimant)?.write([]),
    put: async (key, value) => (await kept(key)).write(value),
    async delete(key) {
      const store = stores.get(key);
      if (!store) return;
      stores.delete(key);
      await (await store).write([]);
      free.push(store);
    },
    async close() {
      const all = [...stores.values(), ...free, ...(claimant ? [claimant] : [])];
      const closing = all.map(async (store) => (await store).close());
      await Promise.allSettled(closing);
    },
  };
}
