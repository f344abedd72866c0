import type { Pieces } from '../bytes/pieces.ts';
import { jsonText } from '../realm.ts';
import { judge, type PresentRecord } from './claim.ts';
import { type Envelope, encodeEnvelope } from './envelope.ts';
import { makeDirectory } from './filesystem-directory.ts';
import { FilesystemDurability } from './filesystem-durability.ts';
import {
  fileSafe,
  leftovers,
  lockFile,
  type RecordFile,
  recordFile,
  recordFiles,
} from './filesystem-names.ts';
import { isAlive, parseOwner, thisProcess } from './filesystem-owner.ts';
import { putFile } from './filesystem-put.ts';
import { replaceFile, unlessMissing } from './filesystem-replace.ts';
import { OperationQueue } from './operation-queue.ts';
import { type Claim, randomId, type Storage, type Store } from './storage.ts';

/** Of the ids that claimed records had absorbed, how many to keep: see `#inherited`. */
const INHERITED_LIMIT = 256;

/**
 * Records as files in `directory`, which is created at the first `open`. Destinations of `put` are
 * paths of their own and have nothing to do with `directory`.
 *
 * An owner is gone when its process is. One on another host that shares the directory counts as
 * gone an hour after its last write. Containers that share it need host names of their own: those
 * with the same one look like a container that was started anew.
 */
export function filesystemStorage(directory: string): Storage {
  const durability = new FilesystemDurability();
  return {
    kind: 'filesystem',
    durability,
    async open(name) {
      const store = new FilesystemStore(directory, fileSafe(name), durability);
      await store.lock();
      return store;
    },
    put: (destination, bytes) => putFile(destination, bytes, durability),
  };
}

class FilesystemStore implements Store {
  readonly #directory: string;
  readonly #name: string;
  readonly #durability: FilesystemDurability;
  readonly id = randomId();
  /** Returned by a claim and not yet deleted. */
  #claimed: readonly string[] = [];
  /**
   * What the claimed records had themselves absorbed. Normally that is deleted long ago; but where
   * their owner was killed before it deleted them, another claim may be holding one right now, and
   * must still find it listed after the record that lists it is gone.
   */
  #inherited: readonly string[] = [];
  readonly #queue = new OperationQueue();

  constructor(directory: string, name: string, durability: FilesystemDurability) {
    this.#directory = directory;
    this.#name = name;
    this.#durability = durability;
  }

  /** Declares this process the owner. Comes before the first record: one without lock is free. */
  async lock(): Promise<void> {
    await makeDirectory(this.#directory);
    const path = this.#path(lockFile(this.#name, this.id));
    const bytes = new TextEncoder().encode(`${jsonText(thisProcess())}\n`);
    await replaceFile(path, [bytes], `${path}.tmp`, this.#durability);
  }

  claim(predecessor?: string): Promise<Claim> {
    return this.#queue.run(() => this.#claim(predecessor));
  }

  write(payload: Pieces): Promise<void> {
    // As of the call: what a claim still under way will return cannot be in this payload.
    const claimed = this.#claimed;
    const absorbed = [...this.#inherited, ...claimed];
    return this.#queue.run(() => this.#write({ absorbed, payload }, claimed));
  }

  close(): Promise<void> {
    return this.#queue.close(() => this.#remove(lockFile(this.#name, this.id)));
  }

  async #claim(predecessor: string | undefined): Promise<Claim> {
    await this.#takeOver(predecessor);
    const verdict = judge(await this.#readAll());
    for (const id of verdict.superseded) await this.#remove(this.#ownedFile(id));
    const damaged: string[] = [];
    for (const { id, reason } of verdict.damaged) {
      damaged.push(`${await this.#setAside(id)} (${reason})`);
    }
    // Only now: had anything failed before, the next claim would return these.
    this.#claimed = [...this.#claimed, ...verdict.records.map(({ id }) => id)];
    const inherited = verdict.inherited.filter((id) => !verdict.superseded.includes(id));
    this.#inherited = [...this.#inherited, ...inherited].slice(-INHERITED_LIMIT);
    return { records: verdict.records, damaged };
  }

  /** Makes the records of owners that are gone ours, and clears away what else they left. */
  async #takeOver(predecessor: string | undefined): Promise<void> {
    const { rename } = process.getBuiltinModule('node:fs/promises');
    const files = await this.#files();
    const gone = await this.#goneOwners(files, predecessor);
    for (const { file, id, owner } of recordFiles(this.#name, files)) {
      if (!gone.has(owner) || id === this.id) continue;
      // RACE: another claim may rename it first; then it is theirs.
      await rename(this.#path(file), this.#path(this.#ownedFile(id))).catch(unlessMissing);
    }
    for (const { file, owner } of leftovers(this.#name, files)) {
      if (gone.has(owner)) await this.#remove(file);
    }
  }

  /** Asked after listing the files: an owner has its lock before its first record. */
  async #goneOwners(
    files: readonly string[],
    predecessor: string | undefined,
  ): Promise<Set<string>> {
    const ours = [...recordFiles(this.#name, files), ...leftovers(this.#name, files)];
    const owners = new Set(ours.map(({ owner }) => owner));
    owners.delete(this.id);
    for (const owner of owners) {
      if (owner !== predecessor && (await this.#isAlive(owner))) owners.delete(owner);
    }
    return owners;
  }

  async #isAlive(owner: string): Promise<boolean> {
    const { readFile, stat } = process.getBuiltinModule('node:fs/promises');
    const path = this.#path(lockFile(this.#name, owner));
    const lock = await readFile(path, 'utf8').catch(unlessMissing);
    const seen = await stat(path).catch(unlessMissing);
    const ownerProcess = lock === undefined ? undefined : parseOwner(lock);
    return ownerProcess !== undefined && seen !== undefined && isAlive(ownerProcess, seen.mtimeMs);
  }

  /**
   * RACE: other claims rename and delete at the same time, and a directory read meanwhile may show
   * a renamed file under both names or neither. What two listings agree on was there in between.
   */
  async #readAll(): Promise<PresentRecord[]> {
    for (;;) {
      const before = recordFiles(this.#name, await this.#files());
      const present = [];
      for (const record of before) present.push(await this.#read(record));
      const complete = present.filter((record) => record !== undefined);
      const after = recordFiles(this.#name, await this.#files());
      const unchanged =
        after.map(({ file }) => file).join() === before.map(({ file }) => file).join();
      if (unchanged && complete.length === before.length) return complete;
    }
  }

  async #read({ file, id, owner }: RecordFile): Promise<PresentRecord | undefined> {
    const { readFile } = process.getBuiltinModule('node:fs/promises');
    const bytes = await readFile(this.#path(file)).catch(unlessMissing);
    if (bytes === undefined) return undefined;
    const taken = owner === this.id && id !== this.id && !this.#claimed.includes(id);
    return { id, bytes, taken };
  }

  async #setAside(id: string): Promise<string> {
    const { rename } = process.getBuiltinModule('node:fs/promises');
    const place = this.#path(`${recordFile(this.#name, id, id)}.damaged-${Date.now()}`);
    await rename(this.#path(this.#ownedFile(id)), place);
    return place;
  }

  async #write(envelope: Envelope<Pieces>, claimed: readonly string[]): Promise<void> {
    await this.#touchLock();
    const path = this.#path(this.#ownedFile(this.id));
    await replaceFile(path, encodeEnvelope(envelope), `${path}.tmp`, this.#durability);
    if (claimed.length === 0) return;
    for (const id of claimed) await this.#remove(this.#ownedFile(id));
    // Before the ids leave the list with the next write, the deletions must be there to stay.
    await this.#durability.flushDirectory(this.#directory);
    this.#claimed = this.#claimed.filter((id) => !claimed.includes(id));
  }

  /** Other hosts go by the time; and cleaners of temporary directories take old files away. */
  async #touchLock(): Promise<void> {
    const { utimes } = process.getBuiltinModule('node:fs/promises');
    const now = new Date();
    await utimes(this.#path(lockFile(this.#name, this.id)), now, now).catch(() => this.lock());
  }

  #ownedFile(id: string): string {
    return recordFile(this.#name, id, this.id);
  }

  #path(file: string): string {
    return process.getBuiltinModule('node:path').join(this.#directory, file);
  }

  #files(): Promise<string[]> {
    return process.getBuiltinModule('node:fs/promises').readdir(this.#directory);
  }

  #remove(file: string): Promise<void> {
    return process.getBuiltinModule('node:fs/promises').rm(this.#path(file), { force: true });
  }
}
