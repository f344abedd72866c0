import type { DestinationKind } from './destination.ts';

/** For places that have nothing to write to: an export that went to memory would be a lie. */
export function nowhere(reason: string): DestinationKind {
  return {
    name: 'nowhere',
    open: ({ destination }) => ({
      target: destination,
      send: async () => ({ ok: false, reason, drop: true }),
    }),
  };
}
