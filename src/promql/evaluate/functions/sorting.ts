import { compareLabels } from '../../label-set.ts';
import { SampleKind } from '../../source.ts';
import { type GridFunction, textOf } from '../called.ts';
import { compareValues } from '../selection.ts';

/** Sorting means something only if there is one time. The samples of more are ordered by their labels. */
function sorting(compare: (called: Parameters<GridFunction>[0]) => Compare): GridFunction {
  return (called) => {
    const { run, call, args } = called;
    const grid = args[0]!;
    const { start, end } = run.settings;
    if (start !== end) {
      run.annotations.warn(
        'sort is ineffective for range queries since results are always ordered by labels',
        call,
      );
    }
    const isByValue = !call.name.includes('label');
    const rows = [...grid.labels.keys()].filter(
      (row) => !isByValue || grid.kinds[row] === SampleKind.Float || grid.steps > 1,
    );
    return grid.only(grid.steps === 1 ? rows.sort(compare(called)) : rows);
  };
}

type Compare = (one: number, other: number) => number;

const byValue = (direction: 1 | -1) =>
  sorting(
    ({ args: [grid] }) =>
      (one, other) =>
        compareValues(grid!.values[one]!, grid!.values[other]!, direction),
  );

const byLabel = (direction: 1 | -1) =>
  sorting(({ args: [grid], call }) => {
    const names = call.args.slice(1).map(textOf);
    return (one, other) => {
      const a = grid!.labels[one]!;
      const b = grid!.labels[other]!;
      const order = names.map((name) => compareNaturally(a.get(name), b.get(name)));
      return direction * (order.find((result) => result !== 0) ?? compareLabels(a, b));
    };
  });

/** Compares texts so that the numbers in them are in order: `a9` comes before `a10`. */
function compareNaturally(one: string, other: string): number {
  const parts = (text: string) => text.match(/\d+|\D+/g) ?? [];
  const a = parts(one);
  const b = parts(other);
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] === b[i]) continue;
    const numbers = Number(a[i]) - Number(b[i]);
    return numbers || (a[i]! < b[i]! ? -1 : 1);
  }
  return a.length - b.length;
}

export const SORTING: Readonly<Record<string, GridFunction>> = {
  sort: byValue(1),
  sort_desc: byValue(-1),
  sort_by_label: byLabel(1),
  sort_by_label_desc: byLabel(-1),
};
