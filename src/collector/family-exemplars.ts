import type { Exemplar, MetricFamily, SeriesLabels } from '../model.ts';
import type { KeptExemplar } from './kept-exemplars.ts';

/** The latest exemplar of each bucket, for all series of a family. */
export class FamilyExemplars {
  /** For series that have any: one for each bucket. A change makes another list, since snapshots have these. */
  readonly #lists = new Map<SeriesLabels, readonly (Exemplar | undefined)[]>();
  /** The lists that no snapshot has yet: they may change. */
  readonly #own = new Set<(Exemplar | undefined)[]>();
  /** The same for snapshots. A change makes another map. */
  #present: MetricFamily['exemplars'];

  /** The same map as long as nothing changes; `undefined` if there are no exemplars. */
  get present(): MetricFamily['exemplars'] {
    if (this.#lists.size > 0) this.#present ??= new Map(this.#lists);
    this.#own.clear();
    return this.#present;
  }

  /**
   * Keeps an exemplar, unless a later one of the bucket is known. One of a time to come is none: the clock was set
   * back since.
   * @param now seconds since 1970
   */
  add(series: SeriesLabels, bucket: number, exemplar: Exemplar, now: number): void {
    const known = this.#lists.get(series) ?? [];
    const { timestamp = 0 } = known[bucket] ?? {};
    if (exemplar.timestamp < timestamp && timestamp <= now) return;
    const list = this.#own.has(known as Exemplar[])
      ? (known as (Exemplar | undefined)[])
      : [...known];
    this.#own.add(list);
    while (list.length < bucket) list.push(undefined);
    list[bucket] = exemplar;
    // The series that had one last is the last.
    this.#lists.delete(series);
    this.#lists.set(series, list);
    this.#present = undefined;
  }

  /** Returns those of a series, each with the number of its bucket. */
  of(series: SeriesLabels): KeptExemplar[] {
    const list = this.#lists.get(series) ?? [];
    return list.flatMap((exemplar, bucket) => (exemplar ? [[bucket, exemplar] as const] : []));
  }

  /** Returns the series that had exemplars last, until they have at least so many. */
  latest(least: number): ReadonlySet<SeriesLabels> {
    const series = new Set<SeriesLabels>();
    let count = 0;
    for (const one of [...this.#lists.keys()].reverse()) {
      if (count >= least) break;
      count += this.of(one).length;
      series.add(one);
    }
    return series;
  }

  /** Returns for how many buckets of a series there is room in its list. */
  slots(series: SeriesLabels): number {
    return this.#lists.get(series)?.length ?? 0;
  }

  delete(series: SeriesLabels): void {
    this.#own.delete((this.#lists.get(series) ?? []) as Exemplar[]);
    if (this.#lists.delete(series)) this.#present = undefined;
  }

  clear(): void {
    this.#own.clear();
    this.#lists.clear();
    this.#present = undefined;
  }
}
