import type { Exemplar, MetricFamily, NativeHistogram, SeriesLabels } from '../../model.ts';
import { hasTime } from '../exemplars.ts';
import { numbersOf } from '../prometheus-text.ts';
import { observationsOf } from '../protobuf/native-message.ts';
import type { FamilyRows } from './family-rows.ts';

/** How many items are looked at before the thread may do something else. */
const STEP = 1024;

/** What was sent of the exemplars of a series. */
export interface SentExemplars {
  /** Those that were there in the last snapshot. */
  readonly all: readonly (Exemplar | undefined)[];
  /** When the last one was recorded that was sent with each row, in milliseconds; none if none was. */
  readonly last: readonly (number | undefined)[];
}

/** What the server has of a family. */
export interface KnownFamily {
  readonly items: readonly SeriesLabels[];
  readonly exemplars?: ReadonlyMap<SeriesLabels, SentExemplars> | undefined;
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

  /**
   * Returns the exemplars of a row that have not been sent, the oldest first. Servers refuse one that is not later
   * than the one before it, so those are left out.
   */
  news(item: number, row: number): readonly Exemplar[] {
    if (!this.#hasExemplars() || !this.#isNews(item)) return [];
    const sent = this.#sent(item);
    let last = sent?.last[row] ?? -Infinity;
    let value = Infinity;
    const byTime = (a: Exemplar, b: Exemplar) => this.time(a) - this.time(b) || a.value - b.value;
    return this.#exemplars(item, row)
      .filter((one) => !sent?.all.includes(one))
      .sort(byTime)
      .filter((one) => {
        const time = this.time(one);
        const isLater = time > last || (time === last && one.value > value);
        if (isLater) [last, value] = [time, one.value];
        return isLater;
      });
  }

  /** Returns what is known of exemplars once the news have been sent. */
  *sent(): Generator<void, ReadonlyMap<SeriesLabels, SentExemplars> | undefined> {
    const { exemplars } = this.#family;
    const known = this.#known?.exemplars;
    if (!known && !exemplars) return undefined;
    const sent = new Map<SeriesLabels, SentExemplars>();
    for (const [item, series] of this.items.entries()) {
      if (item % STEP === 0) yield;
      const before = known?.get(series);
      const all = this.#takesExemplars(series) ? exemplars?.get(series) : undefined;
      if (!all && !before) continue;
      const last = Array.from({ length: this.rows.perItem }, (_, row) => {
        const newest = this.news(item, row).at(-1);
        return newest ? this.time(newest) : before?.last[row];
      });
      sent.set(series, { all: [...(all ?? [])], last });
    }
    return sent;
  }

  /** Returns when an exemplar was recorded, in milliseconds. One that does not tell is as of now. */
  time(exemplar: Exemplar): number {
    return hasTime(exemplar) ? Math.round(exemplar.timestamp * 1000) : this.#time;
  }

  /** Only what counts has exemplars. */
  #hasExemplars(): boolean {
    return this.#family.exemplars !== undefined && this.rows.isCounting(0);
  }

  #sent(item: number): SentExemplars | undefined {
    return this.#known?.exemplars?.get(this.items[item]!);
  }

  #isNews(item: number): boolean {
    const series = this.items[item]!;
    const all = this.#family.exemplars!.get(series);
    if (!all || !this.#takesExemplars(series)) return false;
    const sent = this.#sent(item)?.all ?? [];
    return all.some((one) => one !== undefined && !sent.includes(one));
  }

  /** Returns the exemplars that belong to a row. */
  #exemplars(item: number, row: number): readonly Exemplar[] {
    const all = this.#family.exemplars?.get(this.items[item]!) ?? [];
    const some = all.filter((one) => one !== undefined);
    const { hasNative } = this.rows;
    if (hasNative && row === 0) return some;
    const slots = this.#family.data === 'buckets' ? this.#family.buckets.length + 1 : 1;
    const slot = row - (hasNative ? 1 : 0);
    if (slot >= slots) return [];
    // The exemplars of a histogram without classic buckets are all in the one for everything.
    const one = slots === 1 ? some[0] : all[slot];
    return one ? [one] : [];
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
