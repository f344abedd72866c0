import type { ValueStorage } from '../storage/storage.ts';
import type { DestinationKind } from './destination.ts';

/** Exports to keys of a storage, such as IndexedDB or one that the application has brought. */
export function keyDestination(storage: ValueStorage): DestinationKind {
  return {
    name: 'key',
    open: ({ destination, mode }) => ({
      target: destination,
      async send(body) {
        await storage.put(destination, body, { mode });
        return { ok: true, durability: storage.durability };
      },
    }),
  };
}
