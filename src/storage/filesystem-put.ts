import { joined, type Pieces } from '../bytes/pieces.ts';
import { makeDirectory } from './filesystem-directory.ts';
import { FilesystemDurability } from './filesystem-durability.ts';
import { replaceFile, unlessMissing } from './filesystem-replace.ts';
import { randomId } from './storage.ts';

/**
 * Writes to a path that a user gave. A file is replaced in one step and missing directories are
 * created; behind a symbolic link the target is replaced and the link stays. FIFOs, terminals and
 * `/dev/stdout` are written to as they are; a FIFO that nobody reads is an error (`ENXIO`).
 */
export async function putFile(
  destination: string,
  bytes: Pieces,
  durability = new FilesystemDurability(),
): Promise<void> {
  const { dirname, resolve } = process.getBuiltinModule('node:path');
  const descriptor = descriptorOf(destination);
  if (descriptor !== undefined) return writeToDescriptor(descriptor, joined(bytes));
  if (await isSpecial(destination)) return writeInPlace(destination, joined(bytes));
  const target = await followLinks(resolve(destination));
  await makeDirectory(dirname(target));
  await replaceFile(target, bytes, `${target}.${randomId()}.tmp`, durability);
}

async function isSpecial(path: string): Promise<boolean> {
  const { stat } = process.getBuiltinModule('node:fs/promises');
  const found = await stat(path).catch(unlessMissing);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

/** Where a path leads, also when nothing is there yet. */
async function followLinks(path: string): Promise<string> {
  const { readlink, realpath } = process.getBuiltinModule('node:fs/promises');
  const { dirname, resolve } = process.getBuiltinModule('node:path');
  const real = await realpath(path).catch(unlessMissing);
  if (real !== undefined) return real;
  const link = await readlink(path).catch(unlessMissing);
  return link === undefined ? path : followLinks(resolve(dirname(path), link));
}

async function writeInPlace(path: string, bytes: Uint8Array): Promise<void> {
  const { constants, open, writeFile } = process.getBuiltinModule('node:fs/promises');
  // Opening a FIFO that nobody reads waits for ever, in a thread that Node needs for other files.
  // Without waiting it fails with ENXIO instead; while this is open, there is a reader.
  const probe = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    await writeFile(path, bytes, { flag: 'a' });
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
  const { setTimeout } = process.getBuiltinModule('node:timers/promises');
  const writeSome = promisify(write);
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += (await writeSome(descriptor, bytes, offset)).bytesWritten;
    } catch (error) {
      // A pipe that `process.stdout` has made non-blocking, and whose reader is slow.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await setTimeout(10);
    }
  }
}
