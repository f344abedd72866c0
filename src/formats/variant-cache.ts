/** How many variants of a format are remembered: more than scrapers ask for at the same time. */
const MOST = 2;

/** Remembers something for each variant of a format, such as the scheme of its names. */
export class VariantCache<T> {
  readonly #make: () => T;
  /** By variant, the one that was asked for last at the end. */
  readonly #known = new Map<string, T>();

  constructor(make: () => T) {
    this.#make = make;
  }

  of(variant: string): T {
    const known = this.#known.get(variant) ?? this.#make();
    this.#known.delete(variant);
    this.#known.set(variant, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST) this.#known.delete(oldest!);
    return known;
  }
}
