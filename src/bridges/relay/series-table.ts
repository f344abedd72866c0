import { SEPARATOR } from './batch.ts';
import type { Reason } from './reasons.ts';

/** The attribute of the series that stands for all that a page has no room for. Its other labels are not known. */
const OVERFLOW = 'otel.metric.overflow';

/** How many series the families of a relay may still get. */
export class SeriesBudget {
  left: number;

  constructor(most: number) {
    this.left = most;
  }
}

/**
 * The series of a family, by their labels.
 * @typeParam S what is kept of a series
 */
export class SeriesTable<S extends object> {
  readonly #labelNames: readonly string[];
  readonly #budget: SeriesBudget;
  readonly #make: (labels: Readonly<Record<string, string>>) => S;
  readonly #series = new Map<string, S>();

  constructor(
    labelNames: readonly string[],
    budget: SeriesBudget,
    make: (labels: Readonly<Record<string, string>>) => S,
  ) {
    this.#labelNames = labelNames;
    this.#budget = budget;
    this.#make = make;
  }

  all(): IterableIterator<S> {
    return this.#series.values();
  }

  /**
   * Finds or makes a series. A label that is not given is empty, which is the same to Prometheus.
   * @param labels names and values in turn
   */
  find(labels: readonly string[] | undefined): S | Reason {
    const values = labels && this.#valuesOf(labels);
    if (!values) return 'labels';
    const key = values.join(SEPARATOR);
    const known = this.#series.get(key);
    if (known) return known;
    if (this.#budget.left <= 0) return 'series';
    this.#budget.left--;
    // A label may be called __proto__, and is a property of its own even then.
    const made = this.#make(
      Object.fromEntries(this.#labelNames.map((name, i) => [name, values[i]!])),
    );
    this.#series.set(key, made);
    return made;
  }

  #valuesOf(labels: readonly string[]): string[] | undefined {
    const names = this.#labelNames;
    const values: string[] = [];
    // Most pages send all labels, in one order.
    let at = 0;
    while (at < names.length && labels[2 * at] === names[at]) values.push(labels[2 * at++ + 1]!);
    if (at === names.length && labels.length === 2 * at) return values;
    if (labels[0] === OVERFLOW && labels.length === 2) return names.map(() => '');
    const given = new Map<string, string>();
    for (let i = 0; i < labels.length; i += 2) {
      if (!names.includes(labels[i]!) || given.has(labels[i]!)) return undefined;
      given.set(labels[i]!, labels[i + 1]!);
    }
    return names.map((name) => given.get(name) ?? '');
  }
}
