import type { SeriesLabels } from '../model.ts';
import type { FamilyExemplars } from './family-exemplars.ts';

/** For how many buckets a collector keeps exemplars, over all series. Each may take a few hundred bytes. */
const MAX_SLOTS = 131_072;

/** Keeps the exemplars of all families within a limit: those of the series that had none for longest go first. */
export class ExemplarLimit {
  /** By series, the one that had an exemplar last at the end. Series that are gone leave in their turn. */
  readonly #known = new Map<SeriesLabels, { readonly of: FamilyExemplars; slots: number }>();
  #slots = 0;

  /** Called when an exemplar of the series was kept. */
  kept(of: FamilyExemplars, series: SeriesLabels): void {
    this.#forget(series);
    const slots = of.slots(series);
    this.#known.set(series, { of, slots });
    this.#slots += slots;
    for (const [oldest, { of }] of this.#known) {
      if (this.#slots <= MAX_SLOTS) return;
      this.#forget(oldest);
      of.delete(oldest);
    }
  }

  #forget(series: SeriesLabels): void {
    this.#slots -= this.#known.get(series)?.slots ?? 0;
    this.#known.delete(series);
  }
}
