import type { Durability } from './storage.ts';

/**
 * Tells whether what is written to files outlives a power cut. Some systems refuse to flush to disk
 * although they let files be written: Node with `--permission` from 24.22.3 on, and network filesystems for
 * directories. Such a write counts as done, and the refusal is kept for those who want to know.
 */
export class FilesystemDurability implements Durability {
  durable: boolean | undefined;
  /** The first refusal. */
  whyNotDurable: string | undefined;

  /** @throws the original error when it means that the data did not get there */
  async flush(file: { sync(): Promise<void> }, path: string): Promise<void> {
    try {
      await file.sync();
      this.durable ??= true;
    } catch (error) {
      this.#refused(error, path);
    }
  }

  /** Makes renames and deletions in a directory outlive a power cut, if the system allows that. */
  async flushDirectory(path: string): Promise<void> {
    // Windows cannot open directories, and its filesystem keeps a journal of renames.
    if (process.platform === 'win32') return;
    const { open } = process.getBuiltinModule('node:fs/promises');
    try {
      const directory = await open(path, 'r');
      await directory.sync().finally(() => directory.close());
    } catch (error) {
      this.#refused(error, path);
    }
  }

  #refused(error: unknown, path: string): void {
    if (!isRefusal(error)) throw error;
    this.durable = false;
    this.whyNotDurable ??= `${path} cannot be flushed to disk (${error})`;
  }
}

/**
 * Errors that mean that flushing is refused. EIO and ENOSPC are not among them: with those a disk says,
 * late, that it has not taken what was written. Unknown errors are not, either.
 */
const REFUSALS = new Set([
  'ERR_ACCESS_DENIED',
  'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
  'ERR_METHOD_NOT_IMPLEMENTED',
  'EACCES',
  'EBADF',
  'EINVAL',
  'EISDIR',
  'ENOSYS',
  'ENOTSUP',
  'ENOTTY',
  'EOPNOTSUPP',
  'EPERM',
]);

function isRefusal(error: unknown): boolean {
  return REFUSALS.has(String((error as NodeJS.ErrnoException).code));
}
