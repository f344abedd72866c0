import type { LabelSet } from '../../label-set.ts';
import { QueryError } from '../../query-error.ts';
import { compileRegex } from '../../regex/regex.ts';
import { type Called, type GridFunction, textOf } from '../called.ts';
import type { Grid } from '../grid.ts';
import { isLabelName, NAME, withLabels } from '../projection.ts';
import type { Run } from '../run.ts';

/** Gives each row new labels. */
async function relabeled(
  run: Run,
  grid: Grid,
  target: string,
  valueFor: (labels: LabelSet) => string | undefined,
): Promise<Grid> {
  for (let row = 0; row < grid.rows; row++) {
    // A row takes longer than most other work on a cell.
    if (run.spent(99)) await run.pause();
    const labels = grid.labels[row]!;
    const found = run.patience.through(() => valueFor(labels));
    const value = found instanceof Promise ? await found : found;
    if (value === undefined) continue;
    // A long text takes as much memory as many samples.
    run.budget.take(value.length >> 3);
    if (value !== labels.get(target)) grid.labels[row] = withLabels(labels, { [target]: value });
    if (target === NAME) grid.nameless[row] = false;
  }
  return grid.merged();
}

const labelReplace: GridFunction = ({ run, call, args: [grid] }) => {
  const [, target, replacement, source, pattern] = call.args.map(textOf) as [
    ...[string, string, string, string, string],
  ];
  const regex = compiled(pattern);
  checkName(target, 'destination', call.name);
  return relabeled(run, grid!, target, (labels) =>
    regex.replace(labels.get(source), replacement, run.patience),
  );
};

const labelJoin: GridFunction = ({ run, call, args: [grid] }: Called) => {
  const [, target, separator, ...sources] = call.args.map(textOf) as [string, string, string];
  for (const source of sources) checkName(source, 'source', call.name);
  checkName(target, 'destination', call.name);
  return relabeled(run, grid!, target, (labels) =>
    sources.map((name) => labels.get(name)).join(separator),
  );
};

function compiled(pattern: string) {
  try {
    return compileRegex(pattern);
  } catch {
    throw new QueryError('execution', `invalid regular expression in label_replace(): ${pattern}`);
  }
}

function checkName(name: string, what: string, where: string): void {
  if (isLabelName(name)) return;
  throw new QueryError('execution', `invalid ${what} label name in ${where}(): ${name}`);
}

export const LABELS: Readonly<Record<string, GridFunction>> = {
  label_replace: labelReplace,
  label_join: labelJoin,
};
