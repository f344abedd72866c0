import { ESCAPINGS, escapedName } from './escaping.ts';
import type { Kind } from './kind.ts';
import { METRIC_NAME, type NamePatterns } from './names.ts';

/**
 * Knows who writes which names into expositions. If two write the same name, no scraper can read the
 * exposition: a histogram `x` writes `x_bucket`, `x_sum` and `x_count`, so no other family may have those
 * names. A scraper may also ask for names that are escaped. By one of the schemes `a.b` is written as `a_b`,
 * so no other family may have that name, either.
 */
export class TakenNames<Owner> {
  readonly #patterns: NamePatterns;
  /**
   * What is written, and by whom, for each scheme in the order of `ESCAPINGS`. As long as there are legacy
   * names only, there is nothing but the first, since all schemes write them the same.
   */
  readonly #written = [new Map<string, Owner>()];

  /** @param patterns those of metrics or of labels */
  constructor(patterns = METRIC_NAME) {
    this.#patterns = patterns;
  }

  /** @param kind the kind of the family; absent for the name of a label */
  add(name: string, owner: Owner, kind?: Kind): void {
    this.#each(name, kind, (written, one) => written.set(one, owner));
  }

  delete(name: string, kind: Kind): void {
    this.#each(name, kind, (written, one) => written.delete(one));
  }

  /**
   * Returns the owners of names that this one would also write. With each is what is to be said of that:
   * nothing, or that it is so by an escaping scheme only.
   */
  owners(name: string, kind?: Kind): ReadonlyMap<Owner, string> {
    const owners = new Map<Owner, string>();
    this.#each(name, kind, (written, one, scheme) => {
      const owner = written.get(one);
      if (owner === undefined || owners.has(owner)) return;
      owners.set(owner, scheme === ESCAPINGS[0] ? '' : ` once escaped (${scheme})`);
    });
    return owners;
  }

  #each(
    name: string,
    kind: Kind | undefined,
    visit: (written: Map<string, Owner>, one: string, scheme: string) => void,
  ): void {
    const all = this.#written;
    if (!all[1] && !this.#patterns.legacy.test(name)) {
      // All names so far are legacy names.
      while (all.length < ESCAPINGS.length) all.push(new Map(all[0]));
    }
    all.forEach((written, i) => {
      const scheme = ESCAPINGS[i]!;
      const escaped = escapedName(name, scheme, this.#patterns);
      // Formats escape the name of a family, and then append to it what its samples are called.
      for (const one of [escaped, ...(kind?.occupies?.(escaped) ?? [])])
        visit(written, one, scheme);
    });
  }
}
