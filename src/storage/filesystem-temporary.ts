import { randomId } from '../platform/random-id.ts';
import { currentTime } from '../platform/timers.ts';
import { birthOf, hostName } from './filesystem-owner-process.ts';
import { ABANDONED_AFTER } from './storage.ts';

/**
 * The end of a temporary file's name. An export is first written to `<target>.<id>.<process>.tmp`, and then
 * takes its place. A process that is killed leaves that file behind, and the next export to the same target
 * removes it. So the name says who writes: the process id, and digests of the host and of the process's
 * start.
 */
const SUFFIX = /^\.[0-9a-f]{16}\.([0-9]+)-([0-9a-f]{8})-([0-9a-f]{8})\.tmp$/;
/** The form of older versions, which did not say who writes. */
const UNSIGNED = /^\.[0-9a-f]{32}\.tmp$/;
/** How much of the target's name is used. A file name may have 255 bytes, and the rest takes up to 60. */
const NAME_LENGTH = 48;

export function temporaryName(target: string): string {
  const { basename, dirname, join } = process.getBuiltinModule('node:path');
  const writer = `${process.pid}-${digest(hostName())}-${digest(birthOf('self') ?? '')}`;
  const file = `${basename(target).slice(0, NAME_LENGTH)}.${randomId().slice(0, 16)}.${writer}.tmp`;
  return join(dirname(target), file);
}

/** Removes what exports to `target` have left behind if their process is gone. Never rejects. */
export async function sweepTemporary(target: string): Promise<void> {
  const { lstat, readdir, rm } = process.getBuiltinModule('node:fs/promises');
  const { basename, dirname, join } = process.getBuiltinModule('node:path');
  const start = basename(target).slice(0, NAME_LENGTH);
  const files = await readdir(dirname(target)).catch(() => []);
  for (const file of files) {
    if (!file.startsWith(start) || !file.endsWith('.tmp')) continue;
    const path = join(dirname(target), file);
    const isGone = async () => {
      const found = await lstat(path);
      return found.isFile() && isAbandoned(file.slice(start.length), found.mtimeMs);
    };
    // The file may be gone by now. In a shared folder it may also not be ours to remove.
    if (await isGone().catch(() => false)) await rm(path, { force: true }).catch(() => {});
  }
}

/**
 * Whether the writer of a temporary file is gone. Where nobody can tell, as on another host, the file's age
 * decides.
 */
function isAbandoned(suffix: string, written: number): boolean {
  const isOld = currentTime() - written > ABANDONED_AFTER;
  const signed = SUFFIX.exec(suffix);
  if (!signed) return isOld && UNSIGNED.test(suffix);
  const [, pid, host, birth] = signed;
  if (host !== digest(hostName())) return isOld;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') return true;
    // EPERM means that it runs as another user. Any other error is Deno without --allow-run.
    if (code !== 'EPERM') return isOld;
  }
  const now = Number(pid) === process.pid ? birthOf('self') : birthOf(Number(pid));
  // Without /proc, a process that has this id now is taken for the writer.
  return now !== undefined && birth !== digest('') && birth !== digest(now);
}

function digest(text: string): string {
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
