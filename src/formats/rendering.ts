import { gzipPieces } from '../bytes/gzip.ts';
import type { RenderedPieces } from '../bytes/renderings.ts';
import type { Snapshot } from '../model.ts';
import type { RenderRequest } from '../protocol/requests.ts';
import type { Format, FormatOptions, FormatWriter } from './format.ts';
import { type Choice, chosenFormat, type Formats } from './negotiation.ts';

/** The answer to a scrape. */
export interface Exposition extends Pick<RenderedPieces, 'pieces'> {
  readonly contentType: string;
  /** The `done` of `RenderedPieces`; absent if the pieces are shared with nobody. */
  readonly done?: RenderedPieces['done'] | undefined;
}

/** What is to be written for a request. */
export interface Wanted extends Choice, FormatOptions {
  readonly gzip?: boolean | undefined;
}

/** Writes the snapshots of one collector. */
export interface Rendering {
  /** @throws RangeError for a format that does not exist */
  choose(request: RenderRequest): Wanted;
  /** @param check is called before anything that takes long, and throws to give the rendering up */
  render(snapshot: Snapshot, wanted: Wanted, check?: () => void): Promise<Exposition>;
}

/**
 * @param formats a request that asks for no format gets the first
 * @param inSlices see `CollectorServices`
 */
export function rendering(
  formats: Formats,
  inSlices: <R>(work: Iterator<void, R>, check?: () => void) => Promise<R>,
): Rendering {
  const writers = new Map<Format, FormatWriter>();
  return {
    choose: (request) => {
      const { pretty, gzip } = request;
      return { ...chosenFormat(formats, request), pretty, gzip };
    },
    async render(snapshot, { format, contentType, pretty, gzip }, check) {
      check?.();
      const writer = writers.get(format) ?? format.open();
      writers.set(format, writer);
      const { pieces, done } = await inSlices(writer.write(snapshot, { pretty }), check);
      if (!gzip) return { pieces, done, contentType };
      try {
        check?.();
        return { pieces: [await gzipPieces(pieces)], contentType };
      } finally {
        // This is called even if compressing fails: else no later exposition could use that memory again.
        done();
      }
    },
  };
}
