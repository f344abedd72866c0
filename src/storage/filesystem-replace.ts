import type { Pieces } from '../bytes/pieces.ts';
import type { FilesystemDurability } from './filesystem-durability.ts';

interface PiecesWriter {
  writev(pieces: Pieces): Promise<{ readonly bytesWritten: number }>;
}

/** At a time: Linux and macOS take no more (`IOV_MAX`). */
const PIECES = 1024;

/**
 * Replaces a file so that a reader, or a machine that comes up again after losing power, finds
 * either the old bytes or the new ones: written beside it, flushed to disk, then renamed over it.
 *
 * The old file's permissions stay. `temporary` must be in the same directory and is removed again
 * when anything fails.
 */
export async function replaceFile(
  path: string,
  bytes: Pieces,
  temporary: string,
  durability: FilesystemDurability,
): Promise<void> {
  const { chmod, open, rename, rm, stat } = process.getBuiltinModule('node:fs/promises');
  const { dirname } = process.getBuiltinModule('node:path');
  const mode = await stat(path).then(
    (old) => old.mode & 0o777,
    () => undefined,
  );
  try {
    const file = await open(temporary, 'w');
    try {
      // By its path: Node with --permission refuses it on what is open, whatever is allowed.
      if (mode !== undefined) await chmod(temporary, mode);
      await writeAll(file, bytes);
      await durability.flush(file, path);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await durability.flushDirectory(dirname(path));
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
  while (whole < pieces.length && pieces[whole].length <= left) left -= pieces[whole++].length;
  const rest = pieces.slice(whole);
  return left > 0 ? [rest[0].subarray(left), ...rest.slice(1)] : rest;
}

/** For `catch`: a file that is not there is `undefined`, every other error is an error. */
export function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
