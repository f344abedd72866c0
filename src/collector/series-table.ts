import {
  type FamilyDefinition,
  type Labels,
  type MetricFamily,
  OVERFLOW_LABEL,
  OWN_METRICS,
} from '../model.ts';
import { HISTOGRAM_COUNTS } from '../pages/layout.ts';
import type { MemoryReader } from '../pages/thread-reader.ts';
import { MergedSeries } from './merged-series.ts';

const OVERFLOW_NAMES = [OVERFLOW_LABEL];
const OVERFLOW_VALUES = ['true'];
const OVERFLOW_KEY = 'overflow';

/** A family over all threads. */
export class MergedFamily {
  readonly definition: FamilyDefinition;
  readonly series = new Map<string, MergedSeries>();
  /** How many threads have registered it and are still there. */
  threads = 0;

  constructor(definition: FamilyDefinition) {
    this.definition = definition;
  }

  /** Creates the series where there is none; beyond `limit` that is the overflow series. */
  seriesOf(labelValues: readonly string[], overflow: boolean, limit: number): MergedSeries {
    const key = keyOf(labelValues, overflow);
    const known = this.series.get(key);
    if (known) return known;
    // The overflow series takes no room from the others.
    const size = this.series.size - (this.series.has(OVERFLOW_KEY) ? 1 : 0);
    if (!overflow && size >= limit && labelValues.length > 0) {
      return this.seriesOf(OVERFLOW_VALUES, true, limit);
    }
    const names = overflow ? OVERFLOW_NAMES : this.definition.labelNames;
    const series = new MergedSeries(names, overflow ? OVERFLOW_VALUES : labelValues);
    this.series.set(key, series);
    return series;
  }

  delete(labelValues: readonly string[]): void {
    this.series.delete(keyOf(labelValues, false));
  }

  /** Forgets a series that nobody records and of which nothing is left. */
  tidy(series: MergedSeries): void {
    const key = keyOf(series.labelValues, series.isOverflow);
    const empty = series.blocks.length === 0 && !series.retained;
    if (empty && this.series.get(key) === series) this.series.delete(key);
  }

  read(constants: Labels): MetricFamily {
    const { definition } = this;
    const series = [...this.series.values()];
    const labels = { ...without(constants, definition.labelNames), ...definition.labels };
    return definition.type === 'histogram'
      ? {
          ...definition,
          labels,
          type: definition.type,
          series: series.map((one) => one.histogram(definition)),
        }
      : {
          ...definition,
          labels,
          type: definition.type,
          series: series.map((one) => one.scalar(definition)),
        };
  }
}

/** JSON of an array of strings starts with a bracket and tells any two arrays apart. */
function keyOf(labelValues: readonly string[], overflow: boolean): string {
  return overflow ? OVERFLOW_KEY : JSON.stringify(labelValues);
}

/** A family's own label wins over a constant label of the same name. */
function without(constants: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(constants).filter(([name]) => !names.includes(name)));
}

/** What storage keeps of a family: enough to add it up again, or to see that it has changed. */
export interface FamilyTotals {
  readonly name: string;
  readonly type: 'counter' | 'histogram';
  readonly labelNames: readonly string[];
  readonly buckets: readonly number[];
  readonly series: readonly SeriesTotals[];
}

export type SeriesTotals = readonly [
  labelValues: readonly string[],
  overflow: boolean,
  totals: readonly number[],
];

/** All families and series, over all threads. */
export class SeriesTable {
  readonly families = new Map<string, MergedFamily>();
  /** Whether a new family cannot be, beside those of other threads. */
  clashes: (definition: FamilyDefinition) => boolean = () => false;
  /** Totals from storage of families that nobody has registered yet. */
  waiting: FamilyTotals[] = [];
  readonly #seriesLimit: number;

  constructor(seriesLimit: number) {
    this.#seriesLimit = seriesLimit;
  }

  /** The family of that definition; `undefined` if another one has the name. */
  define(definition: FamilyDefinition): MergedFamily | undefined {
    const known = this.families.get(definition.name);
    if (known) return sameShape(known.definition, definition) ? known : undefined;
    if (this.clashes(definition)) return undefined;
    const family = new MergedFamily(definition);
    this.families.set(definition.name, family);
    for (const totals of this.waiting) {
      if (totals.name === definition.name) this.#restoreFamily(family, totals);
    }
    this.waiting = this.waiting.filter(({ name }) => name !== definition.name);
    return family;
  }

  series(family: MergedFamily, labelValues: readonly string[], overflow: boolean): MergedSeries {
    const limit = isOwn(family.definition.name) ? Number.POSITIVE_INFINITY : this.#seriesLimit;
    return family.seriesOf(labelValues, overflow, limit);
  }

  delete(family: MergedFamily): boolean {
    const { name } = family.definition;
    return this.families.get(name) === family && this.families.delete(name);
  }

  /** Forgets a family that no thread has and of which nothing is left. */
  tidy(family: MergedFamily): void {
    if (family.threads > 0 || isOwn(family.definition.name)) return;
    const left = [...family.series.values()].some(({ retained }) => retained);
    if (!left) this.delete(family);
  }

  /** Forgets what ended threads and storage contributed. */
  reset(name: string | undefined): void {
    for (const family of this.families.values()) {
      if (name !== undefined && family.definition.name !== name) continue;
      for (const series of family.series.values()) {
        if (series.retained) series.retained = series.retained.map(() => 0);
      }
    }
    this.waiting = this.waiting.filter((totals) => name !== undefined && totals.name !== name);
  }

  dropThread(thread: MemoryReader): void {
    for (const family of this.families.values()) {
      for (const series of family.series.values()) {
        series.dropThread(thread, family.definition);
        family.tidy(series);
      }
    }
  }

  /** Adds the totals of an earlier owner. Families appear once somebody registers them. */
  restore(totals: readonly FamilyTotals[]): void {
    for (const entry of totals) {
      const family = this.families.get(entry.name);
      if (family) this.#restoreFamily(family, entry);
      else this.waiting.push(entry);
    }
  }

  #restoreFamily(family: MergedFamily, totals: FamilyTotals): void {
    const { type, labelNames, buckets } = family.definition;
    // A family that has changed its shape since starts anew: old sums fit no new bucket.
    const now = JSON.stringify([type, labelNames, buckets]);
    if (now !== JSON.stringify([totals.type, totals.labelNames, totals.buckets])) return;
    const size = type === 'histogram' ? HISTOGRAM_COUNTS + buckets.length + 1 : 1;
    for (const [labelValues, overflow, values] of totals.series) {
      if (values.length === size) this.series(family, labelValues, overflow).retain(values);
    }
  }

  /** The library's own families stand last. */
  read(constants: Labels): MetricFamily[] {
    const all = [...this.families.values()].map((family) => family.read(constants));
    return [...all.filter(({ name }) => !isOwn(name)), ...all.filter(({ name }) => isOwn(name))];
  }
}

function isOwn(name: string): boolean {
  return OWN_METRICS.includes(name);
}

function sameShape(a: FamilyDefinition, b: FamilyDefinition): boolean {
  const shape = ({ type, labelNames, labels, buckets, combine }: FamilyDefinition) =>
    JSON.stringify([type, labelNames, Object.entries(labels).sort(), buckets, combine]);
  return shape(a) === shape(b);
}
