import type { FormatName, RenderRequest } from './collector/protocol.ts';
import type { CollectorServices, Exposition } from './collector/services.ts';
import { CONTENT_TYPES, type Snapshot } from './model.ts';
import { clock } from './runtime/clock.ts';

/** How a snapshot is written everywhere. */
export type Writing = Pick<CollectorServices, 'clock' | 'json' | 'render' | 'chosen'>;

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
    chosen,
    async render(snapshot, request, check) {
      const { pretty, gzip } = request;
      const isJson = chosen(request) === 'json';
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

function chosen({ format, accept = '' }: RenderRequest): FormatName {
  return format ?? (prefersJson(accept) ? 'json' : 'prometheus');
}

/** JSON only for those who ask for it and not for text; Prometheus asks for text and for any. */
function prefersJson(accept: string): boolean {
  return accept.includes('application/json') && !/text\/plain|openmetrics/.test(accept);
}
