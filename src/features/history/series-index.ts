import type { LabelSet } from '../../promql/label-set.ts';
import type { Matcher } from '../../promql/matcher.ts';
import type { Row } from './row.ts';
import type { Slab } from './slab.ts';

const NAME = '__name__';
/** What a series takes besides its samples, and each of its labels, apart from the texts. Estimates, in bytes. */
const PER_SERIES = 400;
const PER_LABEL = 24;

/** Finds series by their labels. */
export class SeriesIndex {
  readonly #byKey = new Map<string, Row<Slab>>();
  readonly #byName = new Map<string, Set<Row<Slab>>>();
  /** How many bytes of memory the series take, apart from their samples. */
  bytes = 0;

  get size(): number {
    return this.#byKey.size;
  }

  get(labels: LabelSet): Row<Slab> | undefined {
    return this.#byKey.get(labels.key);
  }

  all(): Iterable<Row<Slab>> {
    return this.#byKey.values();
  }

  add(row: Row<Slab>): void {
    const { labels } = row;
    this.#byKey.set(labels.key, row);
    const name = labels.get(NAME);
    const named = this.#byName.get(name);
    if (named) named.add(row);
    else this.#byName.set(name, new Set([row]));
    this.bytes += bytesOf(labels);
  }

  delete(row: Row<Slab>): void {
    const { labels } = row;
    if (this.#byKey.get(labels.key) !== row) return;
    this.#byKey.delete(labels.key);
    const name = labels.get(NAME);
    const named = this.#byName.get(name);
    named?.delete(row);
    if (named?.size === 0) this.#byName.delete(name);
    this.bytes -= bytesOf(labels);
  }

  /** Calls `found` with each series that meets all matchers. A value is looked at once by each matcher. */
  find(matchers: readonly Matcher[], found: (row: Row<Slab>) => void): void {
    const named = matchers.filter(({ name }) => name === NAME);
    const tests = matchers.filter(({ name }) => name !== NAME).map(testOf);
    for (const rows of this.#named(named)) {
      for (const row of rows) {
        if (tests.every((test) => test(row.labels))) found(row);
      }
    }
  }

  /** Returns the series of all metrics whose name meets all matchers. */
  #named(matchers: readonly Matcher[]): Iterable<Set<Row<Slab>>> {
    const meets = (name: string) => matchers.every((matcher) => matcher.matches(name));
    const exact = matchers.find(({ op }) => op === '=');
    const names = exact ? [exact.value] : matchers.find(({ literals }) => literals)?.literals;
    if (!names) return [...this.#byName].filter(([name]) => meets(name)).map(([, rows]) => rows);
    return [...new Set(names)].filter(meets).flatMap((name) => this.#byName.get(name) ?? []);
  }
}

function bytesOf({ key, names }: LabelSet): number {
  return PER_SERIES + PER_LABEL * names.length + key.length;
}

/** Returns a function that tells whether labels meet a matcher. The series of a family share the list of names. */
function testOf(matcher: Matcher): (labels: LabelSet) => boolean {
  const known = new Map<string, boolean>();
  let list: readonly string[] | undefined;
  let at = -1;
  return ({ names, values }) => {
    if (names !== list) {
      list = names;
      at = names.indexOf(matcher.name);
    }
    const value = at < 0 ? '' : values[at]!;
    let meets = known.get(value);
    if (meets === undefined) {
      meets = matcher.matches(value);
      known.set(value, meets);
    }
    return meets;
  };
}
