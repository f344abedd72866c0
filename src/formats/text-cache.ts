import type { Lines } from '../bytes/remembered-lines.ts';
import { type RenderedPieces, Renderings } from '../bytes/renderings.ts';
import type { Escaping } from '../kinds/escaping.ts';
import type { Snapshot } from '../model.ts';
import { namingOf } from './exposed-names.ts';
import type { FormatOptions, FormatWriter } from './format.ts';
import type { NamedFamily } from './names.ts';
import { VariantCache } from './variant-cache.ts';

/** A family as text. */
export interface TextSection {
  readonly head: string;
  readonly lines: Lines;
  /** What the family is called. */
  readonly name: string;
  /** Absent if there is but one way to write the lines of a family of that name. */
  readonly kind?: string | undefined;
}

/** Makes the sections of a text. It gives `undefined` where the thread may do something else first. */
type MakeSections = (
  families: readonly NamedFamily[],
  options: FormatOptions & { readonly escaping: Escaping },
) => Iterable<TextSection | undefined>;

/**
 * Writes a text format in UTF-8 for one collector whose snapshots come one after the other. It remembers the
 * last text, since the next will hardly differ.
 */
export class TextCache implements FormatWriter {
  readonly #sections: MakeSections;
  readonly #end: string;
  readonly #texts = new VariantCache(() => new Renderings());

  /** @param end the last line */
  constructor(sections: MakeSections, end = '') {
    this.#sections = sections;
    this.#end = end;
  }

  *write(
    snapshot: Snapshot,
    { escaping = 'underscores', ...options }: FormatOptions = {},
  ): Generator<void, RenderedPieces> {
    const { families, variant } = yield* namingOf(snapshot.families, escaping);
    const sections = this.#sections(families, { ...options, escaping });
    const end = this.#end;
    return yield* this.#texts.of(variant).render(function* (to) {
      for (const section of sections) {
        if (section) {
          to.text(section.head);
          yield* to.lines(section.name, section.lines, section.kind);
        } else yield;
      }
      if (end !== '') to.text(end);
    });
  }
}
