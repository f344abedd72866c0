import { askPermission } from '../platform/permissions.ts';
import { FilesystemDurability } from '../storage/filesystem-durability.ts';
import { putFile } from '../storage/filesystem-put.ts';
import type { DestinationKind } from './destination.ts';

/** Files, replaced in one step. */
export function files(): DestinationKind {
  // One for all of them: the first refusal is what those want to know who ask.
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
