import { askPermission } from '../platform/permissions.ts';
import { appendToFile } from '../storage/filesystem-append.ts';
import { FilesystemDurability } from '../storage/filesystem-durability.ts';
import { putFile, targetOf } from '../storage/filesystem-put.ts';
import type { DestinationKind } from './destination.ts';

/** The name of this kind of destination. */
export const LOG = 'log';

const MISSING = { ok: false, drop: true, reason: 'the plan does not say how to append' } as const;

/** Appends exports to files, which give way to new ones. Terminals and pipes are written to as they are. */
export function logDestination(): DestinationKind {
  const durability = new FilesystemDurability();
  return {
    name: LOG,
    open: ({ destination, file: path = destination, mode, log }) => ({
      target: path,
      async send(lines) {
        if (!log) return MISSING;
        await askPermission(`writing to ${path}`, { name: 'read', path }, { name: 'write', path });
        const target = await targetOf(path);
        if (target === undefined) await putFile(path, lines, {}, durability);
        else await appendToFile(target, lines, { ...log, mode, durability });
        return { ok: true, durability };
      },
    }),
  };
}
