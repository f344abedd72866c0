import type { DestinationKind } from './destination.ts';

/** Refuses every export. It is for places that cannot keep anything: an export to memory would be a lie. */
export function noDestination(reason: string, name = 'nowhere'): DestinationKind {
  return {
    name,
    open: ({ destination }) => ({
      target: destination,
      send: async () => ({ ok: false, reason, drop: true }),
    }),
  };
}
