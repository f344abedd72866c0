import { currentTime } from '../platform/timers.ts';
import { ABANDONED_AFTER } from './storage.ts';

/**
 * The process of an owner, as its lock file names it. A process id is not enough: ids are used again, and a
 * container that starts anew even has the same ones.
 */
export interface OwnerProcess {
  readonly host: string;
  readonly pid: number;
  /** When the process started. Milliseconds since 1970. */
  readonly started: number;
  /** Linux: the boot, and the tick of it in which the process started. Empty elsewhere. */
  readonly birth: string;
}

export function thisProcess(): OwnerProcess {
  return {
    host: hostName(),
    pid: process.pid,
    started: currentTime() - process.uptime() * 1000,
    birth: birthOf('self') ?? '',
  };
}

export function hostName(): string {
  try {
    return process.getBuiltinModule('node:os').hostname();
  } catch {
    // Deno without --allow-sys.
    return '';
  }
}

/** Reads back what a lock file holds; `undefined` when a crash left it empty or half written. */
export function parseOwner(lock: string): OwnerProcess | undefined {
  try {
    const { host, pid, started, birth } = JSON.parse(lock);
    if (!Number.isInteger(pid) || pid <= 0) return undefined;
    return { host: String(host), pid, started: Number(started), birth: String(birth) };
  } catch {
    return undefined;
  }
}

/**
 * Whether the process of an owner still runs. Any thread of it counts, and so does a process of another
 * user. On another host nobody can tell, nor in another container, since those share no process ids, nor
 * where asking is forbidden. Then `lastSeen` decides (milliseconds since 1970).
 */
export function isAlive(owner: OwnerProcess, lastSeen: number): boolean {
  const here = thisProcess();
  const seenLately = currentTime() - lastSeen < ABANDONED_AFTER;
  if (owner.host !== here.host) return seenLately;
  if (owner.pid === here.pid) {
    if (owner.birth && here.birth) return owner.birth === here.birth;
    // The clock may be corrected a little while a process runs.
    return Math.abs(owner.started - here.started) < 2000;
  }
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') return false;
    // EPERM means that it runs as another user. Any other error is Deno without --allow-run.
    if (code !== 'EPERM') return seenLately;
  }
  const birth = birthOf(owner.pid);
  return owner.birth === '' || birth === undefined || birth === owner.birth;
}

/**
 * Returns `<boot id>:<start time in ticks>` of a process, from proc(5). It is empty for a process that has
 * ended and whose parent has not waited for it, and `undefined` where /proc cannot be read.
 */
export function birthOf(pid: number | 'self'): string | undefined {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field, the command in parentheses, may itself hold spaces and parentheses.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? '' : `${boot}:${fields[18]}`;
  } catch {
    return undefined;
  }
}

/** Returns the user id of this process; `undefined` if it is not known. */
export function userId(): number | undefined {
  try {
    return process.geteuid?.();
  } catch {
    // Deno without --allow-sys.
    return undefined;
  }
}
