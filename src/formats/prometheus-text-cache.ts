import { type RenderedPieces, Renderings } from '../bytes/renderings.ts';
import type { Snapshot } from '../model.ts';
import type { Format, FormatWriter } from './format.ts';
import { prometheusText } from './prometheus-format.ts';
import { familyHead, familyLines } from './prometheus-text.ts';

/**
 * The same format, written in parts. If snapshots come one after the other, this takes a tenth of the time.
 */
export const cachedPrometheusText: Format = {
  ...prometheusText,
  open: () => new PrometheusTextCache(),
};

/**
 * Writes the text of `renderPrometheusText` in UTF-8 for one collector whose snapshots come one after the
 * other. It remembers the last text, since the next will hardly differ.
 */
export class PrometheusTextCache implements FormatWriter {
  readonly #renderings = new Renderings();

  write({ families }: Snapshot): Generator<void, RenderedPieces> {
    return this.#renderings.render(function* (to) {
      for (const family of families) {
        to.text(familyHead(family));
        yield* to.lines(family.name, familyLines(family));
      }
    });
  }
}
