import type { Pieces } from '../bytes/pieces.ts';
import type { FilesystemDurability } from './filesystem-durability.ts';
import { alternativeTemporary } from './filesystem-names.ts';
import { userId } from './filesystem-owner-process.ts';

interface PiecesWriter {
  writev(pieces: Pieces): Promise<{ readonly bytesWritten: number }>;
}

/** How a file is replaced. */
export interface Replacement {
  /** The path that is written first. It is in the same directory, and removed again if anything fails. */
  readonly temporary: string;
  /** The permissions, minus the umask. */
  readonly mode: number;
  /** Whether the permissions must be exactly these, whatever the umask is. */
  readonly exact?: boolean | undefined;
  readonly durability: FilesystemDurability;
}

/** How many pieces are written at a time. Linux and macOS take no more (`IOV_MAX`). */
const PIECES = 1024;

/**
 * Replaces a file so that a reader, or a machine that starts again after losing power, finds either the old
 * bytes or the new ones. The new file is written beside it, flushed to disk, and renamed over it. A link is
 * replaced itself; what it leads to stays as it is.
 */
export async function replaceFile(
  path: string,
  bytes: Pieces,
  { temporary, mode, exact, durability }: Replacement,
): Promise<void> {
  const { rename, rm } = process.getBuiltinModule('node:fs/promises');
  const { dirname } = process.getBuiltinModule('node:path');
  const { file, path: draft } = await create(temporary, mode);
  try {
    try {
      if (exact) await setMode(file, draft, mode);
      await writeAll(file, bytes);
      await durability.flush(file, path);
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
  await durability.flushDirectory(dirname(path));
}

/**
 * Makes a new file, whatever is there. With the flag `x` no link is followed, and nobody else has it open.
 */
async function create(path: string, mode: number) {
  const { lstat, open, rm } = process.getBuiltinModule('node:fs/promises');
  const created = async (path: string) => ({ path, file: await open(path, 'wx', mode) });
  try {
    return await created(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  try {
    // The old file is from a write of ours that failed and could not remove it.
    await rm(path, { force: true });
  } catch (error) {
    const found = await lstat(path).catch(unlessMissing);
    // It is ours and cannot be removed. In such a folder each write would leave another file, so this
    // fails.
    if (found?.isFile() && found.uid === userId()) throw error;
    // It is a directory or another user's file. It stays, and another name is used.
    return created(alternativeTemporary(path));
  }
  return created(path);
}

/** Sets the permissions whatever the umask is. */
export async function setMode(
  file: Awaited<ReturnType<typeof create>>['file'],
  path: string,
  mode: number,
): Promise<void> {
  const { chmod } = process.getBuiltinModule('node:fs/promises');
  if (((await file.stat()).mode & 0o777) === mode) return;
  await file.chmod(mode).catch((error: NodeJS.ErrnoException) => {
    // Node with --permission refuses this for open files, whatever is allowed.
    if (error.code !== 'ERR_ACCESS_DENIED') throw error;
    return chmod(path, mode);
  });
}

/** Writes the pieces without joining them, which would take 60 MB for a million series. */
export async function writeAll(file: PiecesWriter, pieces: Pieces): Promise<void> {
  let rest = pieces;
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest.slice(0, PIECES));
    rest = without(rest, bytesWritten);
  }
}

/**
 * Returns the pieces that are still to be written. A disk that fills up takes a part of them before it
 * refuses.
 */
function without(pieces: Pieces, written: number): Pieces {
  let left = written;
  let whole = 0;
  while (whole < pieces.length && pieces[whole]!.length <= left) left -= pieces[whole++]!.length;
  const rest = pieces.slice(whole);
  return left > 0 ? [rest[0]!.subarray(left), ...rest.slice(1)] : rest;
}

/** Used with `catch`: turns the error for a missing file into `undefined`, and throws every other error. */
export function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
