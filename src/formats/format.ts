import type { RenderedPieces } from '../bytes/renderings.ts';
import type { Snapshot } from '../model.ts';

/**
 * A way to write a snapshot down. A place gives its collector a list of them; nothing else knows which
 * formats there are.
 */
export interface Format {
  /** Exporters ask for it by this. */
  readonly name: string;
  /**
   * What scrapers ask for in an `Accept` header. The first is the format's own: ranges such as `text/*`
   * find it, too. The others count only where they are named: who understands them understands this one.
   */
  readonly mediaTypes: readonly [MediaType, ...MediaType[]];
  /** Once for a collector. */
  open(): FormatWriter;
}

export interface MediaType {
  /** As `Accept` names it, in lower case and without parameters, e.g. `text/plain`. */
  readonly type: string;
  /** What `Content-Type` says of an answer to those who have asked for it. */
  readonly contentType: string;
}

/** Writes the snapshots of one collector, one after the other. It may remember what it wrote last. */
export interface FormatWriter {
  /** In parts, so that the thread can do something else in between. */
  write(snapshot: Snapshot, options: FormatOptions): Generator<void, RenderedPieces>;
}

/** A format passes over what it does not know. */
export interface FormatOptions {
  /** For people to read. */
  readonly pretty?: boolean | undefined;
}

/** Writes in one step, and remembers nothing. */
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
