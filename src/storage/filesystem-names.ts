import { randomId } from '../platform/random-id.ts';

/**
 * How records are called in a directory. `<name>.<id>` is followed by
 *
 *     .telemetry             a record that belongs to the owner <id>
 *     .<owner>.telemetry     the same after another owner has claimed it
 *     .telemetry.tmp         a record being written
 *     .telemetry.<id>.tmp    the same, where something else has that name
 *     .lock                  says which process the owner <id> lives in
 *     .…telemetry.damaged-…  a record that cannot be read, set aside
 *
 * Claiming is renaming, so that of two claims at the same time only one succeeds.
 */
export interface OwnedFile {
  readonly file: string;
  readonly owner: string;
}

export interface RecordFile extends OwnedFile {
  readonly id: string;
}

export function recordFile(name: string, id: string, owner: string): string {
  return `${name}.${id}${owner === id ? '' : `.${owner}`}.telemetry`;
}

export function lockFile(name: string, owner: string): string {
  return `${name}.${owner}.lock`;
}

/** The records among `files` that are kept under `name`, sorted. */
export function recordFiles(name: string, files: readonly string[]): RecordFile[] {
  return matches(name, files, /^([0-9a-f]+)(?:\.([0-9a-f]+))?\.telemetry$/);
}

/** Returns files that an owner leaves behind when it is killed, and that are of no use to others. */
export function leftovers(name: string, files: readonly string[]): OwnedFile[] {
  return matches(name, files, /^([0-9a-f]+)\.(?:lock|telemetry(?:\.[0-9a-f]+)?\.tmp)$/);
}

/** Returns locks that were still being written. Their owners have none yet, and look as if they were gone. */
export function lockDrafts(name: string, files: readonly string[]): string[] {
  return matches(name, files, /^([0-9a-f]+)\.lock(?:\.[0-9a-f]+)?\.tmp$/).map(({ file }) => file);
}

/** Returns another name for a file that is being written. */
export function alternativeTemporary(temporary: string): string {
  return temporary.replace(/tmp$/, `${randomId()}.tmp`);
}

function matches(name: string, files: readonly string[], rest: RegExp): RecordFile[] {
  const found: RecordFile[] = [];
  for (const file of [...files].sort()) {
    const match = file.startsWith(`${name}.`) && rest.exec(file.slice(name.length + 1));
    if (match) found.push({ file, id: match[1]!, owner: match[2] ?? match[1]! });
  }
  return found;
}

const LONGEST = 100;

/**
 * Turns any string into the start of a file name. Different strings give different names, even where the
 * filesystem ignores case. Each UTF-16 unit that is not in `a-z0-9_-` becomes `%` and four digits.
 */
export function fileSafe(name: string): string {
  const safe = name.replace(/[^a-z0-9_-]/g, (unit) => {
    return `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  if (safe === '') return '%';
  if (safe.length <= LONGEST) return safe;
  // Filesystems allow 255 bytes. No escaped unit begins with `%-`, so no short name looks like this one.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return `${safe.slice(0, LONGEST / 2)}%-${createHash('sha256').update(safe).digest('hex')}`;
}
