import { askPermission } from '../platform/permissions.ts';
import { FilesystemDurability } from '../storage/filesystem-durability.ts';
import { putFile } from '../storage/filesystem-put.ts';
import type { DestinationKind } from './destination.ts';

/** Exports to files, which are replaced in one step. */
export function fileDestination(): DestinationKind {
  // All files share one, since the first refusal is what a user wants to know.
  const durability = new FilesystemDurability();
  return {
    name: 'file',
    open: ({ destination, file: path = destination, mode }) => ({
      target: path,
      async send(body) {
        const what = `writing to ${path}`;
        await askPermission(what, { name: 'read', path }, { name: 'write', path });
        await putFile(path, body, { mode }, durability);
        return { ok: true, durability };
      },
    }),
  };
}
