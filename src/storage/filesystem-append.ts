import type { Pieces } from '../bytes/pieces.ts';
import { currentTime } from '../platform/timers.ts';
import { makeDirectory } from './filesystem-directory.ts';
import type { FilesystemDurability } from './filesystem-durability.ts';
import { NEW_FILE } from './filesystem-put.ts';
import { setMode, unlessMissing, writeAll } from './filesystem-replace.ts';

/** How a file is appended to. */
export interface Appending {
  /** A file that would have more bytes, or that is older in seconds, gives way to a new one. */
  readonly maxBytes: number;
  readonly maxAge: number;
  /** How many older files are kept, called `<path>.1` and so on: the higher the number, the older. */
  readonly keep: number;
  /** The first line of each file, with its end. */
  readonly heading?: string | undefined;
  /** The permissions of a new file; `0o644` minus the umask unless given. */
  readonly mode?: number | undefined;
  readonly durability: FilesystemDurability;
  /** Tells the time in milliseconds since 1970. */
  readonly now?: () => number;
}

const NEW_LINE = 10;
/** How much of the end of a file is looked at in one go. */
const BLOCK = 65_536;

type File = Awaited<ReturnType<typeof openFile>>;

/**
 * Appends whole lines to a file that nobody else writes to, and flushes them to disk. It writes all of them or
 * none: what a crash has left of a line is removed first, and so is what a full disk has taken before it refused.
 * @param path leads to a file, or to nothing
 */
export async function appendToFile(path: string, lines: Pieces, options: Appending): Promise<void> {
  const { mode = NEW_FILE, heading = '', durability } = options;
  const { dirname } = process.getBuiltinModule('node:path');
  await makeDirectory(dirname(path));
  const added = lines.reduce((length, piece) => length + piece.length, 0);
  if (await isFull(path, added, options)) await rotate(path, options.keep);
  const file = await openFile(path, mode);
  try {
    if (options.mode !== undefined) await setMode(file, path, mode);
    const size = await endOfLines(file);
    const head = size === 0 && heading !== '' ? [new TextEncoder().encode(heading)] : [];
    try {
      await writeAll(file, [...head, ...lines]);
      await durability.flush(file, path);
    } catch (error) {
      // The next attempt writes these lines once more.
      await file.truncate(size).catch(() => {});
      throw error;
    }
    if (size === 0) await durability.flushDirectory(dirname(path));
  } finally {
    await file.close();
  }
}

/** Opens a file to append to it. A link is not followed: somebody else may have put it there. */
function openFile(path: string, mode: number) {
  const { constants, open } = process.getBuiltinModule('node:fs/promises');
  const { O_APPEND, O_CREAT, O_NOFOLLOW = 0, O_RDWR } = constants;
  return open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, mode);
}

async function isFull(path: string, added: number, options: Appending): Promise<boolean> {
  const { maxBytes, maxAge, now = currentTime } = options;
  const { lstat } = process.getBuiltinModule('node:fs/promises');
  const found = await lstat(path).catch(unlessMissing);
  if (!found || found.size === 0) return false;
  // Where a filesystem does not know when a file was made, this is 0 or the time of the last change.
  const since = found.birthtimeMs || Infinity;
  return found.size + added > maxBytes || now() - since > maxAge * 1000;
}

/** Renames the file to `<path>.1`, what has that name to `<path>.2`, and so on. The oldest is overwritten. */
async function rotate(path: string, keep: number): Promise<void> {
  const { rename, rm } = process.getBuiltinModule('node:fs/promises');
  if (keep === 0) return rm(path, { force: true });
  for (let number = keep; number > 0; number--) {
    const older = number > 1 ? `${path}.${number - 1}` : path;
    await rename(older, `${path}.${number}`).catch(unlessMissing);
  }
}

/** Removes what there is of a line without an end. Resolves to how many bytes are left. */
async function endOfLines(file: File): Promise<number> {
  const { size } = await file.stat();
  for (let end = size; end > 0; end -= BLOCK) {
    const start = Math.max(0, end - BLOCK);
    const block = new Uint8Array(end - start);
    await file.read(block, 0, block.length, start);
    const last = start + block.lastIndexOf(NEW_LINE) + 1;
    if (last === start) continue;
    if (last < size) await file.truncate(last);
    return last;
  }
  if (size > 0) await file.truncate(0);
  return 0;
}
