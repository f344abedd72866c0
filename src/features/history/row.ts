import type { LabelSet } from '../../promql/label-set.ts';
import type { Slab } from './slab.ts';
import type { Timeline } from './timeline.ts';

/** Series that began together. While all of them go on, they stay together from block to block. */
export class RowGroup {
  readonly rows: readonly Row[];
  readonly hasHistograms: boolean;
  /** Their samples, ascending in time. */
  readonly slabs: Slab[] = [];

  constructor(rows: readonly Row[], hasHistograms: boolean) {
    this.rows = rows;
    this.hasHistograms = hasHistograms;
    for (const [i, row] of rows.entries()) {
      row.groups.push(this);
      row.indexes.push(i);
    }
  }
}

/** A series, and where its samples are. */
export class Row {
  readonly labels: LabelSet;
  /** The times at which it is sampled now. */
  timeline: Timeline;
  /** The groups that have its samples, ascending in time, and the number of the row in each. */
  readonly groups: RowGroup[] = [];
  readonly indexes: number[] = [];
  /** Says that it was met in a run, while the series of that run are looked through. */
  stamp = 0;
  /** Whether it gets a sample with each run. */
  isSampled = false;
  /** Whether its samples come from elsewhere than from a metric. */
  isAdded = false;

  constructor(labels: LabelSet, timeline: Timeline) {
    this.labels = labels;
    this.timeline = timeline;
  }

  /** What holds its last samples. */
  get slab(): Slab | undefined {
    return this.groups.at(-1)?.slabs.at(-1);
  }

  /** Its number there. */
  get index(): number {
    return this.indexes.at(-1)!;
  }

  /** Forgets the samples in a group. */
  drop(group: RowGroup): void {
    const at = this.groups.indexOf(group);
    this.groups.splice(at, 1);
    this.indexes.splice(at, 1);
  }

  /** The time of its last sample, or of its stale marker. */
  get last(): number {
    for (let i = this.groups.length - 1; i >= 0; i--) {
      for (const slab of this.groups[i]!.slabs.toReversed()) {
        const end = slab.end(this.indexes[i]!);
        if (end > slab.begin) return slab.block.times[end - 1]!;
      }
    }
    return -Infinity;
  }
}
