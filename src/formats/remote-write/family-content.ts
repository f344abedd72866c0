import type { Exemplar, MetricFamily, NativeHistogram, SeriesLabels } from '../../model.ts';
import { hasTime } from '../exemplars.ts';
import { numbersOf } from '../prometheus-text.ts';
import { observationsOf } from '../protobuf/native-message.ts';
import type { FamilyRows } from './family-rows.ts';

/** The exemplars of each series that were there in the last snapshot. */
export type SentExemplars = ReadonlyMap<SeriesLabels, readonly (Exemplar | undefined)[]>;

/** What the server has of a family. */
export interface KnownFamily {
  readonly items: readonly SeriesLabels[];
  /** The exemplars of each series that were there in the last snapshot. They are not sent again. */
  readonly exemplars?: SentExemplars | undefined;
}

/** What one snapshot says about the rows of a family. */
export class FamilyContent {
  readonly rows: FamilyRows;
  readonly items: readonly SeriesLabels[];
  /** Returns the numbers of some items, those of one after the other: one for each row that is a number. */
  readonly numbers: (from: number, to: number) => Float64Array;
  readonly #family: MetricFamily;
  readonly #known: KnownFamily | undefined;
  /** The items that the server has, once that matters. */
  #knownItems: ReadonlySet<SeriesLabels> | undefined;
  readonly #time: number;

  /**
   * @param known what the server has of the same rows; absent if that is nothing
   * @param time when this is sent: milliseconds since 1970
   */
  constructor(
    rows: FamilyRows,
    family: MetricFamily,
    known: KnownFamily | undefined,
    time: number,
  ) {
    this.rows = rows;
    this.items = family.series;
    this.numbers = numbersOf(family);
    this.#family = family;
    this.#known = known;
    this.#time = time;
  }

  /** How many numbers each item has. */
  get width(): number {
    if (!this.rows.hasNative) return this.rows.perItem;
    return this.rows.perItem > 1 ? this.rows.perItem - 1 : 0;
  }

  native(item: number): NativeHistogram {
    return this.#family.natives![item]!;
  }

  /** Returns the sum and the number of the observations of a native histogram. */
  totals(item: number): { readonly sum: number; readonly count: number } {
    const { values, series } = this.#family;
    const cells = values.length / series.length;
    const sum = values[item * cells]!;
    let counted = 0;
    for (let cell = 1; cell < cells; cell++) counted += values[item * cells + cell]!;
    return { sum, count: observationsOf(this.native(item), sum, counted) };
  }

  /** Returns since when an item counts, in milliseconds since 1970; 0 if that is not known to be earlier than now. */
  start(item: number): number {
    const start = Math.round((this.#family.created?.[item] ?? 0) * 1000);
    return start > 0 && start < this.#time ? start : 0;
  }

  /** Whether any of some items has an exemplar that has not been sent. */
  hasNews(from: number, to: number): boolean {
    if (!this.#hasExemplars()) return false;
    for (let item = from; item < to; item++) if (this.#isNews(item)) return true;
    return false;
  }

  /** Returns the exemplars of a row that have not been sent, the oldest first. */
  news(item: number, row: number): readonly Exemplar[] {
    if (!this.#hasExemplars() || !this.#isNews(item)) return [];
    const all = this.#family.exemplars!.get(this.items[item]!)!;
    const sent = this.#known?.exemplars?.get(this.items[item]!) ?? [];
    const { hasNative } = this.rows;
    const isNew = (one: Exemplar | undefined) => one !== undefined && !sent.includes(one);
    if (hasNative && row === 0) {
      const some = all.filter((one): one is Exemplar => isNew(one));
      return some.sort((a, b) => this.time(a) - this.time(b) || a.value - b.value);
    }
    const slots = this.#family.data === 'buckets' ? this.#family.buckets.length + 1 : 1;
    const slot = row - (hasNative ? 1 : 0);
    if (slot >= slots) return [];
    // The exemplars of a histogram without classic buckets are all in the one for everything.
    const one = slots === 1 ? all.find((any) => any !== undefined) : all[slot];
    return one && isNew(one) ? [one] : [];
  }

  /** Returns the exemplars to be remembered as sent. */
  sent(): SentExemplars | undefined {
    const { exemplars } = this.#family;
    if (!exemplars) return undefined;
    const sent = [...exemplars].filter(([series]) => this.#takesExemplars(series));
    return new Map(sent.map(([series, all]) => [series, [...all]]));
  }

  /** Returns when an exemplar was recorded, in milliseconds. One that does not tell is as of now. */
  time(exemplar: Exemplar): number {
    return hasTime(exemplar) ? Math.round(exemplar.timestamp * 1000) : this.#time;
  }

  /** Only what counts has exemplars. */
  #hasExemplars(): boolean {
    return this.#family.exemplars !== undefined && this.rows.isCounting(0);
  }

  #isNews(item: number): boolean {
    const series = this.items[item]!;
    const all = this.#family.exemplars!.get(series);
    if (!all || !this.#takesExemplars(series)) return false;
    const sent = this.#known?.exemplars?.get(series) ?? [];
    return all.some((one) => one !== undefined && !sent.includes(one));
  }

  /**
   * Whether the server takes the exemplars of a series. Prometheus looks at them before it looks at a native
   * histogram, and drops those of a series that it does not have yet. They are sent with the next snapshot.
   */
  #takesExemplars(series: SeriesLabels): boolean {
    if (!this.rows.hasNative || this.#known?.items === this.items) return true;
    this.#knownItems ??= new Set(this.#known?.items);
    return this.#knownItems.has(series);
  }
}
