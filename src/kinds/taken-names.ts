import { writtenNames } from './escaping.ts';
import type { Kind } from './kind.ts';
import { METRIC_NAME, type NamePatterns } from './names.ts';

/** Says where two names are the same, and what to do. */
export const asWritten = (name: string): string =>
  `, as they are or escaped (${name}); use another name`;

/**
 * Knows who writes which names into expositions. If two write the same name, no scraper can read the
 * exposition: a histogram `x` writes `x_bucket`, `x_sum` and `x_count`, so no other family may have those
 * names. Scrapers may also ask for names that are escaped, each by another scheme. One of them writes `a_b`
 * for `a.b`, so no other family may be called that, either.
 */
export class TakenNames<Owner> {
  readonly #patterns: NamePatterns;
  readonly #owners = new Map<string, Owner>();

  /** @param patterns those of metrics or of labels */
  constructor(patterns = METRIC_NAME) {
    this.#patterns = patterns;
  }

  /** @param kind the kind of the family; absent for the name of a label */
  add(name: string, owner: Owner, kind?: Kind): void {
    for (const written of this.#all(name, kind)) this.#owners.set(written, owner);
  }

  delete(name: string, kind?: Kind): void {
    for (const written of this.#all(name, kind)) this.#owners.delete(written);
  }

  /** Returns those who write a name that this one would also write, each with such a name. */
  owners(name: string, kind?: Kind): ReadonlyMap<Owner, string> {
    const owners = new Map<Owner, string>();
    for (const written of this.#all(name, kind)) {
      const owner = this.#owners.get(written);
      if (owner !== undefined) owners.set(owner, written);
    }
    return owners;
  }

  /** A format escapes the name of a family, and appends to that what its samples are called. */
  #all(name: string, kind: Kind | undefined): string[] {
    return writtenNames(name, this.#patterns).flatMap((written) => [
      written,
      ...(kind?.occupies?.(written) ?? []),
    ]);
  }
}
