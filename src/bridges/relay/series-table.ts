import { SEPARATOR } from './batch.ts';
import type { Reason } from './reasons.ts';

/** The attribute of the series that stands for all that a page has no room for. Its own labels are not known. */
export const OVERFLOW = 'otel.metric.overflow';
/** How long to wait before idle series are looked for again. Seconds. */
const SWEEP_PAUSE = 1;

/** When the batch came that is being added. Seconds, of a clock that nobody sets. */
export interface BatchTime {
  now: number;
}

/** How many series the families of a relay may still get. */
export class SeriesBudget {
  readonly time: BatchTime;
  #left: number;
  #sweptAt = Number.NEGATIVE_INFINITY;
  readonly #tables: SeriesTable<object>[] = [];

  constructor(most: number, time: BatchTime) {
    this.#left = most;
    this.time = time;
  }

  add(table: SeriesTable<object>): void {
    this.#tables.push(table);
  }

  /** Takes the place of one series. Returns `false` if there is none. */
  take(): boolean {
    // A flood of new series must not cost a look at all of them each time.
    const { now } = this.time;
    if (this.#left <= 0 && now - this.#sweptAt >= SWEEP_PAUSE) {
      this.#sweptAt = now;
      for (const table of this.#tables) table.forgetIdle(now);
    }
    if (this.#left <= 0) return false;
    this.#left--;
    return true;
  }

  giveBack(count: number): void {
    this.#left += count;
  }
}

interface Entry<S> {
  readonly series: S;
  seen: number;
}

/**
 * The series of a family, by their labels.
 * @typeParam S what is kept of a series
 */
export class SeriesTable<S extends object> {
  readonly #labelNames: readonly string[];
  readonly #budget: SeriesBudget;
  readonly #expireAfter: number;
  readonly #make: (labels: Readonly<Record<string, string>>) => S;
  readonly #entries = new Map<string, Entry<S>>();

  /** @param expireAfter how many seconds a series stays that no page sends */
  constructor(
    labelNames: readonly string[],
    budget: SeriesBudget,
    expireAfter: number,
    make: (labels: Readonly<Record<string, string>>) => S,
  ) {
    this.#labelNames = labelNames;
    this.#budget = budget;
    this.#expireAfter = expireAfter;
    this.#make = make;
    budget.add(this);
  }

  *all(): Generator<S> {
    for (const { series } of this.#entries.values()) yield series;
  }

  /** Forgets the series that no page has sent for too long. */
  forgetIdle(now: number): void {
    const before = this.#entries.size;
    for (const [key, { seen }] of this.#entries) {
      if (now - seen > this.#expireAfter) this.#entries.delete(key);
    }
    this.#budget.giveBack(before - this.#entries.size);
  }

  /**
   * Finds or makes a series. A label that is not given is empty, which is the same to Prometheus.
   * @param labels names and values in turn
   */
  find(labels: readonly string[] | undefined): S | Reason {
    const values = labels && this.#valuesOf(labels);
    if (!values) return 'labels';
    const key = values.join(SEPARATOR);
    const known = this.#entries.get(key);
    if (known) {
      known.seen = this.#budget.time.now;
      return known.series;
    }
    if (!this.#budget.take()) return 'series';
    // A label may be called __proto__, and is a property of its own even then.
    const series = this.#make(
      Object.fromEntries(this.#labelNames.map((name, i) => [name, values[i]!])),
    );
    this.#entries.set(key, { series, seen: this.#budget.time.now });
    return series;
  }

  #valuesOf(labels: readonly string[]): string[] | undefined {
    const names = this.#labelNames;
    const values: string[] = [];
    // Most pages send all labels, in one order.
    let at = 0;
    while (at < names.length && labels[2 * at] === names[at]) values.push(labels[2 * at++ + 1]!);
    if (at === names.length && labels.length === 2 * at) return values;
    const given = new Map<string, string>();
    for (let i = 0; i < labels.length; i += 2) {
      if (labels[i] === OVERFLOW) continue;
      if (!names.includes(labels[i]!) || given.has(labels[i]!)) return undefined;
      given.set(labels[i]!, labels[i + 1]!);
    }
    return names.map((name) => given.get(name) ?? '');
  }
}
