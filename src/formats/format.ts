import type { RenderedPieces } from '../bytes/renderings.ts';
import type { Escaping } from '../kinds/escaping.ts';
import type { Labels, Snapshot } from '../model.ts';

/**
 * A way to write a snapshot. A place gives its collector a list of formats. Nothing else knows which formats
 * there are.
 */
export interface Format {
  /** The name by which exporters ask for the format. */
  readonly name: string;
  /**
   * The media types that an `Accept` header may ask for. The first is the format's own: ranges such as
   * `text/*` find it, too. The others count only if the header names them.
   */
  readonly mediaTypes: readonly [MediaType, ...MediaType[]];
  /** Whether it is only ever sent, and never the answer to a scrape: an `Accept` header does not find it. */
  readonly isPushed?: boolean | undefined;
  /** Makes a writer. It is called once for each collector, and once for each request for some families only. */
  open(): FormatWriter;
}

/** How messages of Protocol Buffers are written: as their bytes, or by their mapping to JSON. */
export type Encoding = 'protobuf' | 'json';

/** Whether counters and histograms say what there is in all, or what has come since the snapshot before. */
export type Temporality = 'cumulative' | 'delta';

export interface MediaType {
  /** The type as in `Accept`, in lower case and without parameters, e.g. `text/plain`. */
  readonly type: string;
  /** What its parameter `version` is. Who asks for another version does not ask for this. */
  readonly version?: string | undefined;
  /** Other parameters, in lower case. Who asks for another value of one of them does not ask for this. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** What `FormatOptions.encoding` is for this type, if the format has several. */
  readonly encoding?: Encoding | undefined;
  /** The `Content-Type` of an answer to a request for this type. */
  readonly contentType: string;
  /**
   * Which schemes of escaping the `Accept` header may ask for: any, or only those that make names which every
   * reader takes. Absent if the names are never escaped. The answer tells the scheme if one was asked for.
   */
  readonly escapes?: 'any' | 'legacy' | undefined;
  /** Whether the answer tells the scheme in any case: all who know this version know the parameter. */
  readonly alwaysTellsEscaping?: boolean | undefined;
}

/** Writes the snapshots of one collector, one after the other. It may remember what it wrote last. */
export interface FormatWriter {
  /** Writes in parts, so that the thread can do something else in between. */
  write(snapshot: Snapshot, options: FormatOptions): Generator<void, RenderedPieces>;
}

/** Options for all formats. A format ignores those that it does not know. */
export interface FormatOptions {
  /** Whether the output is for people to read. */
  readonly pretty?: boolean | undefined;
  /** The version that was asked for: that of one of its media types. */
  readonly version?: string | undefined;
  /** What to do with names that not every reader takes; `underscores` unless given. */
  readonly escaping?: Escaping | undefined;
  /** Whether OpenMetrics has samples that end in `_created`; `true` unless given. */
  readonly createdSamples?: boolean | undefined;
  /** Labels for every series that has none of that name, such as `job`. Only for formats that are pushed. */
  readonly extraLabels?: Labels | undefined;
  /** Whether to write that all series have ended, and nothing else. Only for formats that are pushed. */
  readonly final?: boolean | undefined;
  /** The encoding that was asked for; `protobuf` unless given. */
  readonly encoding?: Encoding | undefined;
  /** What counters and histograms say; `cumulative` unless given. */
  readonly temporality?: Temporality | undefined;
  /** What describes whatever the metrics are about, by name, e.g. `service.name`. */
  readonly resource?: Labels | undefined;
}

/** Makes a writer that writes in one step, and remembers nothing. */
export function textWriter(
  text: (snapshot: Snapshot, options: FormatOptions) => string,
): FormatWriter {
  return {
    *write(snapshot, options) {
      yield;
      return { pieces: [new TextEncoder().encode(text(snapshot, options))], done() {} };
    },
  };
}
