import { joined, type Pieces } from '../bytes/pieces.ts';
import { surelyAfter } from '../platform/timers.ts';
import { makeDirectory } from './filesystem-directory.ts';
import { FilesystemDurability } from './filesystem-durability.ts';
import { userId } from './filesystem-owner.ts';
import { replaceFile, unlessMissing } from './filesystem-replace.ts';
import { sweepTemporary, temporaryName } from './filesystem-temporary.ts';
import type { PutOptions } from './storage.ts';

/** Of a new file: others, such as the node exporter, are meant to read it. */
const NEW_FILE = 0o644;
/** Links that lead to links. */
const MAX_LINKS = 40;

/**
 * Writes to a path that a user gave. A file is replaced in one step and missing directories are
 * created. A link is replaced by the file: in a folder that several users share, what it leads to may be
 * somebody's choice. FIFOs, terminals and `/dev/stdout` are written to as they are, also behind a link
 * that this user or root has made; a FIFO that nobody reads is an error (`ENXIO`).
 */
export async function putFile(
  destination: string,
  bytes: Pieces,
  { mode }: PutOptions = {},
  durability = new FilesystemDurability(),
): Promise<void> {
  const { dirname, resolve } = process.getBuiltinModule('node:path');
  const behind = await behindLinks(resolve(destination));
  const descriptor = descriptorOf(behind);
  if (descriptor !== undefined) return writeToDescriptor(descriptor, joined(bytes));
  const found = await lstatOf(behind);
  if (isSpecial(found)) return writeInPlace(behind, joined(bytes));
  const target = resolve(destination);
  // Somebody may need the link to the directory.
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

/** Of the file that is there; a link has none that matter. */
async function permissionsOf(path: string): Promise<number | undefined> {
  const found = await lstatOf(path);
  return found?.isFile() ? found.mode & 0o777 : undefined;
}

/** What a path leads to, by links that can be trusted; the path itself where one cannot. */
async function behindLinks(path: string): Promise<string> {
  const { readlink } = process.getBuiltinModule('node:fs/promises');
  const { dirname, resolve } = process.getBuiltinModule('node:path');
  let at = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    // `/dev/stdout` is a link itself, to what this process has open under that number.
    if (descriptorOf(at) !== undefined) return at;
    const found = await lstatOf(at);
    if (!found?.isSymbolicLink()) return at;
    // Where nobody can tell who this is, only the links of root are followed.
    if (found.uid !== 0 && found.uid !== userId()) return path;
    at = resolve(dirname(at), await readlink(at));
  }
  return path;
}

function isSpecial(found: Awaited<ReturnType<typeof lstatOf>>): boolean {
  return !!found && !found.isFile() && !found.isDirectory() && !found.isSymbolicLink();
}

/** Of a link, not of what it leads to. */
function lstatOf(path: string) {
  return process.getBuiltinModule('node:fs/promises').lstat(path).catch(unlessMissing);
}

async function writeInPlace(path: string, bytes: Uint8Array): Promise<void> {
  const { constants, open } = process.getBuiltinModule('node:fs/promises');
  const { O_APPEND, O_NONBLOCK = 0, O_NOFOLLOW = 0, O_WRONLY } = constants;
  // Opening a FIFO that nobody reads waits for ever, in a thread that Node needs for other files.
  // Without waiting it fails with ENXIO instead; while this is open, there is a reader.
  const probe = await open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
  try {
    const file = await open(path, O_WRONLY | O_APPEND | O_NOFOLLOW);
    try {
      // RACE: another user may have put a file, or a link, in its place since it was looked at.
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

/** A file that this process already has open, by one of the paths that stand for it. */
function descriptorOf(path: string): number | undefined {
  if (path === '/dev/stdout') return 1;
  if (path === '/dev/stderr') return 2;
  const match = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path);
  return match ? Number(match[1]) : undefined;
}

/**
 * Not by opening the path: that fails when standard output is a socket, as under systemd, and when
 * it is a file it starts a position of its own, so that `console.log` writes over the metrics.
 */
async function writeToDescriptor(descriptor: number, bytes: Uint8Array): Promise<void> {
  const { write } = process.getBuiltinModule('node:fs');
  const { promisify } = process.getBuiltinModule('node:util');
  const writeSome = promisify(write);
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += (await writeSome(descriptor, bytes, offset)).bytesWritten;
    } catch (error) {
      // A pipe that `process.stdout` has made non-blocking, and whose reader is slow.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await new Promise<void>((resolve) => surelyAfter(0.01, resolve));
    }
  }
}
