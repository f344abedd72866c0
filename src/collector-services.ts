import type { CollectorServices, Exposition } from './collector/services.ts';
import { CONTENT_TYPES, type Snapshot } from './model.ts';
import { clock } from './runtime/clock.ts';

/** How a snapshot is written everywhere. */
export type Writing = Pick<CollectorServices, 'clock' | 'json' | 'render'>;

/**
 * @param prometheusText of one collector's snapshots, one after the other
 * @param whenAsked what some are asked for, and is loaded then where every byte counts
 */
export function writing(
  prometheusText: (
    snapshot: Snapshot,
    check?: () => void,
  ) => Promise<Omit<Exposition, 'contentType'>>,
  whenAsked: () => Promise<typeof import('./when-asked.ts')>,
): Writing {
  return {
    clock,
    json: async (snapshot) => (await whenAsked()).toJsonSnapshot(snapshot),
    async render(snapshot, request, check) {
      const { format, pretty, gzip } = request;
      const isJson = format === 'json';
      check?.();
      const { pieces, done } = isJson
        ? {
            pieces: [
              new TextEncoder().encode((await whenAsked()).renderJson(snapshot, { pretty })),
            ],
          }
        : await prometheusText(snapshot, check);
      const contentType = CONTENT_TYPES[isJson ? 'json' : 'prometheus'];
      if (!gzip) return { pieces, done, contentType };
      try {
        check?.();
        return { pieces: [await (await whenAsked()).compressed(pieces)], contentType };
      } finally {
        // Also where compressing fails: else no later exposition could use that memory again.
        done?.();
      }
    },
  };
}
