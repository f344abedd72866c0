import { compressed } from '../bytes/compressed.ts';
import type { RenderedPieces } from '../bytes/renderings.ts';
import type { Snapshot } from '../model.ts';
import type { RenderRequest } from '../protocol/requests.ts';
import type { Format, FormatOptions, FormatWriter } from './format.ts';
import { type Choice, chosenFormat, type Formats } from './negotiation.ts';

/** What a scrape is answered with. */
export interface Exposition extends Pick<RenderedPieces, 'pieces'> {
  readonly contentType: string;
  /** As of `RenderedPieces`; absent where the pieces are shared with nobody. */
  readonly done?: RenderedPieces['done'] | undefined;
}

/** What a request comes to. */
export interface Wanted extends Choice, FormatOptions {
  readonly gzip?: boolean | undefined;
}

/** Writes the snapshots of one collector. */
export interface Rendering {
  /** @throws RangeError for a format that there is not */
  choose(request: RenderRequest): Wanted;
  /** @param check throws to give it up; called before what takes long */
  render(snapshot: Snapshot, wanted: Wanted, check?: () => void): Promise<Exposition>;
}

/**
 * @param formats the first is what those get who ask for none
 * @param inSlices as of `CollectorServices`
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
        return { pieces: [await compressed(pieces)], contentType };
      } finally {
        // Also where compressing fails: else no later exposition could use that memory again.
        done();
      }
    },
  };
}
