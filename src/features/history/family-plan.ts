import { itself, type NamedFamily } from '../../formats/names.ts';
import { FamilyRows, type RowSettings } from '../../formats/remote-write/family-rows.ts';
import type { Labels, MetricFamily, SeriesLabels } from '../../model.ts';
import { LabelSet } from '../../promql/label-set.ts';
import type { Row } from './row.ts';
import type { Slab } from './slab.ts';
import type { Block } from './timeline.ts';

/** Some rows that follow one another in a family and in a slab. */
export interface Segment {
  readonly slab: Slab;
  /** The number of the first one in the slab. */
  readonly index: number;
  /** Its number among the rows of the family. */
  readonly from: number;
  count: number;
}

/** Which series the numbers of a family belong to, and where they are written. */
export class FamilyPlan {
  readonly rows: FamilyRows;
  /** The series of the family, of which each has one row or more. */
  items: readonly SeriesLabels[] = [];
  /** Those rows, those of one series after the other. A row for which there is no room is absent. */
  targets: (Row<Slab> | undefined)[] = [];
  /** Where the rows are written in that block. */
  block: Block<Slab> | undefined;
  segments: Segment[] = [];
  /** How many rows have no room. */
  refused = 0;
  readonly #settings: RowSettings;
  #names: readonly string[] = [];

  constructor(family: MetricFamily, labels: Labels) {
    this.#settings = settingsOf(family, labels);
    this.rows = new FamilyRows(named(family), this.#settings);
  }

  /** Whether it can be used for that family, perhaps with other series. */
  isFor(family: MetricFamily, labels: Labels): boolean {
    const { histograms } = this.#settings;
    const settings = settingsOf(family, labels);
    return settings.histograms === histograms && this.rows.isFor(named(family), settings);
  }

  /** The labels of a row of an item. */
  labelsOf(item: SeriesLabels, row: number): LabelSet {
    const pairs: string[] = [];
    this.rows.pairs(item, row, pairs);
    const names = pairs.filter((_, i) => i % 2 === 0);
    const values = pairs.filter((_, i) => i % 2 === 1);
    const isKnown =
      names.length === this.#names.length && names.every((name, i) => name === this.#names[i]);
    // Rows with the same names share the list.
    if (!isKnown) this.#names = names;
    return new LabelSet(this.#names, values);
  }

  /** Says where each row is written, by the slabs that they have in a block. */
  place(block: Block<Slab>): void {
    this.block = block;
    this.segments = [];
    this.refused = 0;
    let last: Segment | undefined;
    for (const [i, row] of this.targets.entries()) {
      const slab = row?.slab;
      if (!row || !slab) {
        this.refused++;
        continue;
      }
      const { index } = row;
      const follows =
        last?.slab === slab && last.from + last.count === i && last.index + last.count === index;
      if (follows) last!.count++;
      else this.segments.push((last = { slab, index, from: i, count: 1 }));
    }
  }
}

function named(family: MetricFamily): NamedFamily {
  return { family, name: family.name, label: itself };
}

/** A histogram without classic buckets has a native one only, others may have both. */
function settingsOf(family: MetricFamily, extraLabels: Labels): RowSettings {
  const isNativeOnly = family.data === 'buckets' && family.buckets.length === 0;
  return {
    escaping: 'allow-utf-8',
    extraLabels,
    histograms: family.natives && isNativeOnly ? 'native' : 'both',
  };
}
