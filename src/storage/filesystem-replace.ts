import type { Pieces } from '../bytes/pieces.ts';
import type { FilesystemDurability } from './filesystem-durability.ts';
import { besides } from './filesystem-names.ts';
import { userId } from './filesystem-owner.ts';

interface PiecesWriter {
  writev(pieces: Pieces): Promise<{ readonly bytesWritten: number }>;
}

/** How a file is replaced. */
export interface Replacement {
  /** Where it is written first: in the same directory, and removed again when anything fails. */
  readonly temporary: string;
  /** Permissions, less the umask. */
  readonly mode: number;
  /** Whether they must be these exactly. */
  readonly exact?: boolean | undefined;
  readonly durability: FilesystemDurability;
}

/** At a time: Linux and macOS take no more (`IOV_MAX`). */
const PIECES = 1024;

/**
 * Replaces a file so that a reader, or a machine that comes up again after losing power, finds
 * either the old bytes or the new ones: written beside it, flushed to disk, then renamed over it.
 * A link is replaced itself, not what it leads to.
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

/** A new file, whatever was there: with `x` no link is followed, and nobody else has it open. */
async function create(path: string, mode: number) {
  const { lstat, open, rm } = process.getBuiltinModule('node:fs/promises');
  const created = async (path: string) => ({ path, file: await open(path, 'wx', mode) });
  try {
    return await created(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  try {
    // Of a write of ours that failed, and could not take it away again.
    await rm(path, { force: true });
  } catch (error) {
    const found = await lstat(path).catch(unlessMissing);
    // In a folder where nothing can be removed, each write would leave another.
    if (found?.isFile() && found.uid === userId()) throw error;
    // A directory, or another user's: it stays, and keeps nothing from being written.
    return created(besides(path));
  }
  return created(path);
}

/** Beyond the umask. */
async function setMode(
  file: Awaited<ReturnType<typeof create>>['file'],
  path: string,
  mode: number,
): Promise<void> {
  const { chmod } = process.getBuiltinModule('node:fs/promises');
  if (((await file.stat()).mode & 0o777) === mode) return;
  await file.chmod(mode).catch((error: NodeJS.ErrnoException) => {
    // Node with --permission refuses it on what is open, whatever is allowed.
    if (error.code !== 'ERR_ACCESS_DENIED') throw error;
    return chmod(path, mode);
  });
}

/** Without putting the pieces together, which for a million series would be 60 MB. */
async function writeAll(file: PiecesWriter, pieces: Pieces): Promise<void> {
  let rest = pieces;
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest.slice(0, PIECES));
    rest = without(rest, bytesWritten);
  }
}

/** What is left: a disk that fills up takes a part of what it is given before it refuses. */
function without(pieces: Pieces, written: number): Pieces {
  let left = written;
  let whole = 0;
  while (whole < pieces.length && pieces[whole]!.length <= left) left -= pieces[whole++]!.length;
  const rest = pieces.slice(whole);
  return left > 0 ? [rest[0]!.subarray(left), ...rest.slice(1)] : rest;
}

/** For `catch`: a file that is not there is `undefined`, every other error is an error. */
export function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
