import { gzipPieces } from '../bytes/gzip.ts';
import type { RenderedPieces } from '../bytes/renderings.ts';
import type { MetricFamily, Snapshot } from '../model.ts';
import { jsonText } from '../platform/realm.ts';
import type { RenderRequest } from '../protocol/requests.ts';
import { namedFamilies } from './exposed-names.ts';
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
  /** The families that are wanted; all unless given. */
  readonly names?: readonly string[] | undefined;
  /** Two requests that want the same have the same text here. */
  readonly question: string;
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
      const { pretty = false, gzip = false, names, createdSamples = true } = request;
      const choice = chosenFormat(formats, request);
      const { format, contentType, version, escaping } = choice;
      const question = jsonText([
        [format.name, contentType, pretty, gzip, createdSamples],
        [version ?? '', escaping ?? '', names ?? false],
      ]);
      return { ...choice, pretty, gzip, names, createdSamples, question };
    },
    async render(snapshot, { format, contentType, gzip, names, ...options }, check) {
      check?.();
      // What a writer remembers is that of all families. It must not give that up for a few of them.
      const writer = (!names && writers.get(format)) || format.open();
      if (!names) writers.set(format, writer);
      const wanted = names ? { ...snapshot, families: named(snapshot, names, options) } : snapshot;
      const { pieces, done } = await inSlices(writer.write(wanted, options), check);
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

/**
 * Returns the families that have one of the names, as the exposition or the application calls them. In
 * OpenMetrics the name of a counter lacks `_total`, and that of an info lacks `_info`.
 */
function named(
  { families }: Snapshot,
  names: readonly string[],
  { escaping = 'allow-utf-8' }: FormatOptions,
): MetricFamily[] {
  const wanted = new Set(names);
  return namedFamilies(families, escaping)
    .filter(({ family, name }) =>
      [family.name, name, name.replace(/_(total|info)$/, '')].some((one) => wanted.has(one)),
    )
    .map(({ family }) => family);
}
