import { joinPieces, type Pieces } from '../bytes/pieces.ts';
import { afterHoldingProcess } from '../platform/timers.ts';
import { makeDirectory } from './filesystem-directory.ts';
import { FilesystemDurability } from './filesystem-durability.ts';
import { userId } from './filesystem-owner-process.ts';
import { replaceFile, unlessMissing } from './filesystem-replace.ts';
import { sweepTemporary, temporaryName } from './filesystem-temporary.ts';
import type { PutOptions } from './storage.ts';

/** The permissions of a new file. Others, such as the node exporter, are meant to read it. */
export const NEW_FILE = 0o644;
/** How many links are followed, one after the other. */
const MAX_LINKS = 40;

/**
 * Writes to a path that a user has given. A file is replaced in one step, and missing directories are made.
 * A link is replaced by the file: in a folder that several users share, somebody else may have chosen its
 * target. FIFOs, terminals and `/dev/stdout` are written to as they are, even behind a link that this user
 * or root has made. A FIFO that nobody reads is an error (`ENXIO`).
 */
export async function putFile(
  destination: string,
  bytes: Pieces,
  { mode }: PutOptions = {},
  durability = new FilesystemDurability(),
): Promise<void> {
  const { dirname, resolve } = process.getBuiltinModule('node:path');
  const behind = await followLinks(resolve(destination));
  const descriptor = descriptorOf(behind);
  if (descriptor !== undefined) return writeToDescriptor(descriptor, joinPieces(bytes));
  const found = await lstatOf(behind);
  if (isSpecial(found)) return writeInPlace(behind, joinPieces(bytes));
  const target = resolve(destination);
  // The link to a directory stays, since somebody may need it.
  if (found?.isDirectory() && behind !== target) throw new Error(`${target} leads to a directory`);
  await makeDirectory(dirname(target));
  const old = await permissionsOf(target);
  await replaceFile(target, bytes, {
    temporary: temporaryName(target),
    mode: mode ?? old ?? NEW_FILE,
    exact: (mode ?? old) !== undefined,
    durability,
  });
  await sweepTemporary(target);
}

/**
 * Returns the path of the file that a path leads to, through links that can be trusted; `undefined` if it leads to
 * something that cannot be replaced, such as a FIFO, a terminal or `/dev/stdout`.
 */
export async function targetOf(destination: string): Promise<string | undefined> {
  const { resolve } = process.getBuiltinModule('node:path');
  const behind = await followLinks(resolve(destination));
  const isOpen = descriptorOf(behind) !== undefined;
  return isOpen || isSpecial(await lstatOf(behind)) ? undefined : behind;
}

/** Returns the permissions of the file that is there. Those of a link do not matter. */
async function permissionsOf(path: string): Promise<number | undefined> {
  const found = await lstatOf(path);
  return found?.isFile() ? found.mode & 0o777 : undefined;
}

/**
 * Returns what a path leads to, through links that can be trusted. If one cannot, returns the path itself.
 */
async function followLinks(path: string): Promise<string> {
  const { readlink } = process.getBuiltinModule('node:fs/promises');
  const { dirname, resolve } = process.getBuiltinModule('node:path');
  let at = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    // `/dev/stdout` is itself a link, to the file that this process has open under that number.
    if (descriptorOf(at) !== undefined) return at;
    const found = await lstatOf(at);
    if (!found?.isSymbolicLink()) return at;
    // If this user is not known, only links of root are followed.
    if (found.uid !== 0 && found.uid !== userId()) return path;
    at = resolve(dirname(at), await readlink(at));
  }
  return path;
}

function isSpecial(found: Awaited<ReturnType<typeof lstatOf>>): boolean {
  return !!found && !found.isFile() && !found.isDirectory() && !found.isSymbolicLink();
}

/** Describes what is at the path. A link is not followed. */
function lstatOf(path: string) {
  return process.getBuiltinModule('node:fs/promises').lstat(path).catch(unlessMissing);
}

async function writeInPlace(path: string, bytes: Uint8Array): Promise<void> {
  const { constants, open } = process.getBuiltinModule('node:fs/promises');
  const { O_APPEND, O_NONBLOCK = 0, O_NOFOLLOW = 0, O_WRONLY } = constants;
  // Opening a FIFO that nobody reads waits for ever, in a thread that Node needs for other files. With
  // O_NONBLOCK it fails with ENXIO instead; while the probe is open, there is a reader.
  const probe = await open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
  try {
    const file = await open(path, O_WRONLY | O_APPEND | O_NOFOLLOW);
    try {
      // RACE: another user may have put a file or a link in its place since it was looked at.
      const [looked, opened] = [await probe.stat(), await file.stat()];
      const isSame = looked.ino === opened.ino && looked.dev === opened.dev;
      if (!isSame || opened.isFile()) throw new Error(`${path} is another now`);
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
  } finally {
    await probe.close();
  }
}

/** Returns the number of a file that this process has open, if the path stands for one. */
function descriptorOf(path: string): number | undefined {
  if (path === '/dev/stdout') return 1;
  if (path === '/dev/stderr') return 2;
  const match = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path);
  return match ? Number(match[1]) : undefined;
}

/**
 * Writes to an open file by its number. Opening the path would fail when standard output is a socket, as
 * under systemd. When it is a file, opening it would begin at a position of its own, and `console.log`
 * would write over the metrics.
 */
async function writeToDescriptor(descriptor: number, bytes: Uint8Array): Promise<void> {
  const { write } = process.getBuiltinModule('node:fs');
  const { promisify } = process.getBuiltinModule('node:util');
  const writeSome = promisify(write);
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += (await writeSome(descriptor, bytes, offset)).bytesWritten;
    } catch (error) {
      // This is a pipe that `process.stdout` has made non-blocking, and its reader is slow.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await new Promise<void>((resolve) => afterHoldingProcess(0.01, resolve));
    }
  }
}
