import type { LabelSet } from '../../promql/label-set.ts';
import type { Timeline } from './timeline.ts';

/**
 * Series that began together. While all of them go on, they stay together from block to block.
 * @typeParam S what holds their samples of a block
 */
export class RowGroup<S> {
  readonly rows: readonly Row<S>[];
  readonly hasHistograms: boolean;
  /** Their samples, ascending in time. */
  readonly slabs: S[] = [];

  constructor(rows: readonly Row<S>[], hasHistograms: boolean) {
    this.rows = rows;
    this.hasHistograms = hasHistograms;
    for (const [i, row] of rows.entries()) {
      row.groups.push(this);
      row.indexes.push(i);
    }
  }
}

/** A series, and where its samples are. */
export class Row<S> {
  readonly labels: LabelSet;
  /** The times at which it is sampled now. */
  timeline: Timeline<S>;
  /** The groups that have its samples, ascending in time, and the number of the row in each. */
  readonly groups: RowGroup<S>[] = [];
  readonly indexes: number[] = [];
  /** Says that it was met in a run, while the series of that run are looked through. */
  stamp = 0;
  /** Whether it gets a sample with each run. */
  isSampled = false;
  /** Whether its samples come from elsewhere than from a metric. */
  isAdded = false;

  constructor(labels: LabelSet, timeline: Timeline<S>) {
    this.labels = labels;
    this.timeline = timeline;
  }

  /** What holds its last samples. */
  get slab(): S | undefined {
    return this.groups.at(-1)?.slabs.at(-1);
  }

  /** Its number there. */
  get index(): number {
    return this.indexes.at(-1)!;
  }

  /** Forgets the samples in a group. */
  drop(group: RowGroup<S>): void {
    const at = this.groups.indexOf(group);
    this.groups.splice(at, 1);
    this.indexes.splice(at, 1);
  }
}
