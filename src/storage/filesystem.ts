import type { Pieces } from '../bytes/pieces.ts';
import { randomId } from '../platform/random-id.ts';
import { jsonText } from '../platform/realm.ts';
import { currentTime } from '../platform/timers.ts';
import { isIncluded, type PresentRecord, settleClaim } from './claim.ts';
import { absorbedBy, type Envelope, encodeEnvelope } from './envelope.ts';
import { makeDirectory } from './filesystem-directory.ts';
import { FilesystemDurability } from './filesystem-durability.ts';
import {
  fileSafe,
  leftovers,
  lockDrafts,
  lockFile,
  type RecordFile,
  recordFile,
  recordFiles,
} from './filesystem-names.ts';
import { isAlive, parseOwner, thisProcess } from './filesystem-owner-process.ts';
import { readEntry, readHead } from './filesystem-read.ts';
import { replaceFile, unlessMissing } from './filesystem-replace.ts';
import { OperationQueue } from './operation-queue.ts';
import { ABANDONED_AFTER, type ClaimedRecord, type Storage, type Store } from './storage.ts';

/** Records have label values and events in them, so only this user may read them. */
const PRIVATE_DIRECTORY = 0o700;
const PRIVATE_FILE = 0o600;
/** A lock names a process, and needs no more. */
const MAX_LOCK_BYTES = 65_536;
/**
 * How often a directory is listed until two listings agree. To reach this, others must claim all the while.
 */
const MAX_LISTINGS = 100;

/**
 * Keeps records as files in `directory`, which is made at the first `open`.
 *
 * An owner is gone when its process is gone. An owner on another host that shares the directory counts as
 * gone an hour after its last write. Containers that share the directory need different host names: two
 * with the same name look like one container that was started anew.
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
  };
}

class FilesystemStore implements Store {
  readonly #directory: string;
  readonly #name: string;
  readonly #durability: FilesystemDurability;
  readonly id = randomId();
  /** Ids of the records that claims have taken and that are not yet deleted. */
  #claimed: readonly string[] = [];
  /**
   * Ids of the records that the claimed records had themselves absorbed. Normally those were deleted long
   * ago. But if their owner was killed before it deleted them, another claim may hold one right now, and
   * must still find it listed after the record that lists it is gone.
   */
  #inherited: readonly string[] = [];
  readonly #queue = new OperationQueue();

  constructor(directory: string, name: string, durability: FilesystemDurability) {
    this.#directory = directory;
    this.#name = name;
    this.#durability = durability;
  }

  /**
   * Declares this process the owner. It comes before the first record, since a record without a lock is
   * free.
   */
  async lock(): Promise<void> {
    await makeDirectory(this.#directory, PRIVATE_DIRECTORY);
    const bytes = new TextEncoder().encode(`${jsonText(thisProcess())}\n`);
    await this.#replace(lockFile(this.#name, this.id), [bytes]);
  }

  claim(
    take: (record: ClaimedRecord) => void,
    included: readonly string[] = [],
  ): Promise<readonly string[]> {
    return this.#queue.run(() => this.#claim(take, included));
  }

  write(payload: Pieces): Promise<void> {
    // Taken at the call: what a claim that is under way will take cannot be in this payload.
    const claimed = this.#claimed;
    const absorbed = [...this.#inherited, ...claimed];
    return this.#queue.run(() => this.#write({ absorbed, payload }, claimed));
  }

  close(): Promise<void> {
    return this.#queue.close(() => this.#remove(lockFile(this.#name, this.id)));
  }

  async #claim(
    take: (record: ClaimedRecord) => void,
    included: readonly string[],
  ): Promise<readonly string[]> {
    const damaged: string[] = [];
    await this.#takeOver(included, damaged);
    const verdict = await settleClaim(
      await this.#readHeads(),
      { id: this.id, claimed: this.#claimed, inherited: this.#inherited },
      {
        read: ({ file }) => readEntry(this.#path(file)),
        take: (record) => {
          take(record);
          this.#claimed = [...this.#claimed, record.id];
        },
        delete: ({ file }) => this.#clear(file, damaged),
        setAside: ({ file, id }, reason) =>
          this.#setAside(file, recordFile(this.#name, id, id), reason),
      },
    );
    this.#inherited = verdict.inherited;
    return [...damaged, ...verdict.damaged];
  }

  /** Makes the records of owners that are gone ours, and clears away what else they left. */
  async #takeOver(included: readonly string[], damaged: string[]): Promise<void> {
    const { rename } = process.getBuiltinModule('node:fs/promises');
    const files = await this.#files();
    const gone = await this.#goneOwners(files, included);
    for (const record of recordFiles(this.#name, files)) {
      const { file, id, owner } = record;
      if (id === this.id || owner === this.id) continue;
      if (!gone.has(owner) && !isIncluded(record, included)) continue;
      // RACE: another claim may rename the file first; then the record belongs to that one.
      const renamed = rename(this.#path(file), this.#path(this.#ownedFile(id)));
      await renamed.catch(unlessMissing).catch((error) => {
        // This happens in folders where nobody may touch another user's files.
        damaged.push(`${this.#path(file)} (it cannot be taken over: ${error})`);
      });
    }
    for (const { file, owner } of leftovers(this.#name, files)) {
      if (gone.has(owner)) await this.#clear(file, damaged);
    }
    for (const file of lockDrafts(this.#name, files)) {
      if (await this.#isAbandoned(file)) await this.#clear(file, damaged);
    }
  }

  /**
   * Returns the owners that are gone. It is asked after listing the files: an owner has its lock before its
   * first record.
   */
  async #goneOwners(files: readonly string[], included: readonly string[]): Promise<Set<string>> {
    const ours = [...recordFiles(this.#name, files), ...leftovers(this.#name, files)];
    const owners = new Set(ours.map(({ owner }) => owner));
    owners.delete(this.id);
    for (const owner of owners) {
      if (!included.includes(owner) && (await this.#isAlive(owner))) owners.delete(owner);
    }
    return owners;
  }

  async #isAlive(owner: string): Promise<boolean> {
    const file = lockFile(this.#name, owner);
    const seen = await this.#lastSeen(file);
    if (seen === undefined) return false;
    const lock = await readEntry(this.#path(file), MAX_LOCK_BYTES);
    if (!lock) return false;
    // The lock is another user's, so only its age tells.
    if ('unreadable' in lock) return currentTime() - seen < ABANDONED_AFTER;
    const ownerProcess = parseOwner(new TextDecoder().decode(lock.bytes));
    return ownerProcess !== undefined && isAlive(ownerProcess, seen);
  }

  /** Whether the writer of an unfinished lock is gone. */
  async #isAbandoned(file: string): Promise<boolean> {
    const seen = await this.#lastSeen(file);
    const draft = await readEntry(this.#path(file), MAX_LOCK_BYTES);
    if (seen === undefined || !draft || 'unreadable' in draft) return false;
    const ownerProcess = parseOwner(new TextDecoder().decode(draft.bytes));
    return ownerProcess ? !isAlive(ownerProcess, seen) : currentTime() - seen > ABANDONED_AFTER;
  }

  /** Resolves to when a file was last written or touched; `undefined` if there is no file. */
  async #lastSeen(file: string): Promise<number | undefined> {
    const { lstat } = process.getBuiltinModule('node:fs/promises');
    const found = await lstat(this.#path(file)).catch(unlessMissing);
    return found?.isFile() ? found.mtimeMs : undefined;
  }

  /**
   * RACE: other claims rename and delete at the same time, and a directory that is read meanwhile may show
   * a renamed file under both names or neither. What two listings agree on was there between them.
   *
   * @throws Error when no two listings agree
   */
  async #readHeads(): Promise<(PresentRecord & RecordFile)[]> {
    for (let listings = 0; listings < MAX_LISTINGS; listings++) {
      const before = recordFiles(this.#name, await this.#files());
      const present = [];
      for (const record of before) present.push(await this.#readHead(record));
      const complete = present.filter((record) => record !== undefined);
      const after = recordFiles(this.#name, await this.#files());
      const unchanged =
        after.map(({ file }) => file).join() === before.map(({ file }) => file).join();
      if (unchanged && complete.length === before.length) return complete;
    }
    throw new Error(`${this.#directory} does not come to rest: others rename files in it`);
  }

  async #readHead(record: RecordFile): Promise<(PresentRecord & RecordFile) | undefined> {
    const head = await readHead(this.#path(record.file));
    return head && { ...record, absorbed: 'bytes' in head ? absorbedBy(head.bytes) : [] };
  }

  /**
   * Keeps a damaged file under another name, or leaves it where it is if even that is refused. Resolves to
   * where it is now, and why.
   */
  async #setAside(file: string, as: string, reason: string): Promise<string> {
    const { rename } = process.getBuiltinModule('node:fs/promises');
    const path = this.#path(file);
    const keptAs = this.#path(`${as}.damaged-${currentTime()}`);
    return rename(path, keptAs).then(
      () => `${keptAs} (${reason})`,
      (error) => `${path} (${reason}; ${error})`,
    );
  }

  /** Deletes what is of no use to anybody. What is not a file is not ours, and is set aside. */
  async #clear(file: string, damaged: string[]): Promise<void> {
    await this.#remove(file).catch(async (error) => {
      damaged.push(await this.#setAside(file, file, String(error)));
    });
  }

  #replace(file: string, bytes: Pieces): Promise<void> {
    const path = this.#path(file);
    const temporary = `${path}.tmp`;
    return replaceFile(path, bytes, {
      temporary,
      mode: PRIVATE_FILE,
      durability: this.#durability,
    });
  }

  async #write(envelope: Envelope<Pieces>, claimed: readonly string[]): Promise<void> {
    await this.#touchLock();
    await this.#replace(this.#ownedFile(this.id), encodeEnvelope(envelope));
    if (claimed.length === 0) return;
    for (const id of claimed) await this.#remove(this.#ownedFile(id));
    // The next write no longer lists these ids. Before that the deletions must be on disk.
    await this.#durability.flushDirectory(this.#directory);
    this.#claimed = this.#claimed.filter((id) => !claimed.includes(id));
  }

  /**
   * Renews the time of the lock. Other hosts go by it, and cleaners of temporary directories remove old
   * files.
   */
  async #touchLock(): Promise<void> {
    const { utimes } = process.getBuiltinModule('node:fs/promises');
    const now = currentTime() / 1000;
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
