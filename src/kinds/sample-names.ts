import type { Kind } from './kind.ts';

/**
 * Knows which families write samples of which names. If two write the same name, no scraper can read the
 * exposition: a histogram `x` writes `x_bucket`, `x_sum` and `x_count`, so no other family may have those
 * names.
 */
export class SampleNames<Family> {
  readonly #writers = new Map<string, Family>();

  add(name: string, kind: Kind, family: Family): void {
    for (const sample of samplesOf(name, kind)) this.#writers.set(sample, family);
  }

  delete(name: string, kind: Kind): void {
    for (const sample of samplesOf(name, kind)) this.#writers.delete(sample);
  }

  /** Returns the families that write a sample which a family of this name and kind would also write. */
  writers(name: string, kind: Kind): ReadonlySet<Family> {
    const writers = new Set<Family>();
    for (const sample of samplesOf(name, kind)) {
      const writer = this.#writers.get(sample);
      if (writer !== undefined) writers.add(writer);
    }
    return writers;
  }
}

function samplesOf(name: string, kind: Kind): string[] {
  return [name, ...(kind.occupies?.(name) ?? [])];
}
