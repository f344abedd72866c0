/** What can be asked about: the names of metrics, their labels, and the values of these. */
import type { FamilyHead } from 'utilityfog-telemetry';

type Labels = Readonly<Record<string, string>>;

/** The names of series of a histogram behind the name of the family. */
const OF_HISTOGRAM = ['_bucket', '_count', '_sum'];

export class Vocabulary {
  /** What each metric is, for those that are known. */
  readonly metrics = new Map<string, string>();
  /** The values by label by metric. */
  readonly #series = new Map<string, Map<string, Set<string>>>();

  /** @param registered what the application has registered, whether it has series or not */
  constructor(registered: Iterable<Pick<FamilyHead, 'name' | 'type' | 'description'>>) {
    for (const { name, type, description } of registered) {
      const names = type === 'histogram' ? OF_HISTOGRAM.map((end) => name + end) : [name];
      for (const each of names) this.metrics.set(each, description);
    }
  }

  /** Adds what some series have. */
  learn(series: Iterable<Labels>): void {
    for (const { __name__: name = '', ...labels } of series) {
      if (!this.metrics.has(name)) this.metrics.set(name, '');
      const known = entry(this.#series, name, () => new Map<string, Set<string>>());
      for (const [label, value] of Object.entries(labels)) {
        entry(known, label, () => new Set<string>()).add(value);
      }
    }
  }

  /** Returns the labels that the metrics of these names have, or that any has if there is no such metric. */
  labelsOf(metrics: readonly string[]): string[] {
    return [...new Set(this.#seriesOf(metrics).flatMap((labels) => [...labels.keys()]))].sort();
  }

  /** Returns the values of a label, of the same metrics as `labelsOf`. */
  valuesOf(label: string, metrics: readonly string[]): string[] {
    const values = this.#seriesOf(metrics).flatMap((labels) => [...(labels.get(label) ?? [])]);
    return [...new Set(values)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  }

  #seriesOf(metrics: readonly string[]): Map<string, Set<string>>[] {
    const named = metrics.flatMap((name) => this.#series.get(name) ?? []);
    return named.length > 0 ? named : [...this.#series.values()];
  }
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
