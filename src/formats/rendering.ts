import type { compressed } from '../bytes/compressed.ts';
import type { RenderedPieces } from '../bytes/renderings.ts';
import { CONTENT_TYPES, type Snapshot } from '../model.ts';
import type { RenderRequest } from '../protocol/requests.ts';
import type { renderJson, toJsonSnapshot } from './json.ts';

/** What a scrape is answered with. */
export interface Exposition extends Pick<RenderedPieces, 'pieces'> {
  readonly contentType: string;
  /** As of `RenderedPieces`; absent where the pieces are shared with nobody. */
  readonly done?: RenderedPieces['done'] | undefined;
}

/** Writes the snapshots of one collector. */
export interface Rendering {
  /** @param check throws to give it up; called before what takes long */
  render(snapshot: Snapshot, request: RenderRequest, check?: () => void): Promise<Exposition>;
  /** The JSON shape of a snapshot, as an object. */
  json(snapshot: Snapshot): Promise<unknown>;
}

/** What not every scraper asks for. It is loaded when one does, where every byte counts. */
interface OnDemand {
  readonly compressed: typeof compressed;
  readonly renderJson: typeof renderJson;
  readonly toJsonSnapshot: typeof toJsonSnapshot;
}

/** @param prometheusText writes the collector's snapshots, one after the other */
export function rendering(
  prometheusText: (
    snapshot: Snapshot,
    check?: () => void,
  ) => Promise<Omit<Exposition, 'contentType'>>,
  onDemand: () => Promise<OnDemand>,
): Rendering {
  return {
    json: async (snapshot) => (await onDemand()).toJsonSnapshot(snapshot),
    async render(snapshot, { format, pretty, gzip }, check) {
      const isJson = format === 'json';
      check?.();
      const { pieces, done } = isJson
        ? {
            pieces: [new TextEncoder().encode((await onDemand()).renderJson(snapshot, { pretty }))],
          }
        : await prometheusText(snapshot, check);
      const contentType = CONTENT_TYPES[isJson ? 'json' : 'prometheus'];
      if (!gzip) return { pieces, done, contentType };
      try {
        check?.();
        return { pieces: [await (await onDemand()).compressed(pieces)], contentType };
      } finally {
        // Also where compressing fails: else no later exposition could use that memory again.
        done?.();
      }
    },
  };
}
