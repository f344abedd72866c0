import type { LabelSet } from '../label-set.ts';
import type { Grid } from './grid.ts';
import type { Projection } from './projection.ts';

/** The rows of a grid by what some of their labels are. */
export interface Groups {
  /** The labels of each group. */
  readonly labels: readonly LabelSet[];
  /** The number of the group of each row. */
  readonly of: Int32Array;
}

export function groupsOf({ labels }: Grid, project: Projection): Groups {
  const numbers = new Map<string, number>();
  const groups: LabelSet[] = [];
  const of = new Int32Array(labels.length);
  for (let row = 0; row < labels.length; row++) {
    const group = project(labels[row]!);
    let number = numbers.get(group.key);
    if (number === undefined) {
      number = groups.length;
      numbers.set(group.key, number);
      groups.push(group);
    }
    of[row] = number;
  }
  return { labels: groups, of };
}
