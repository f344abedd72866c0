import type { Binary, Matching } from '../ast.ts';
import type { LabelSet } from '../label-set.ts';
import { QueryError } from '../query-error.ts';
import { SampleKind } from '../source.ts';
import { combiner } from './cells.ts';
import { fillIn } from './fill.ts';
import { Grid } from './grid.ts';
import { labelsText } from './labels-text.ts';
import { isArithmetic } from './operators.ts';
import { projection, withLabels, withoutName } from './projection.ts';
import type { Run } from './run.ts';
import { type Sides, signatureOf, signatures } from './signatures.ts';

/** Evaluates an arithmetic or comparing operation of two vectors. */
export async function matched(run: Run, node: Binary, left: Grid, right: Grid): Promise<Grid> {
  const matching = node.matching!;
  const isSwapped = matching.cardinality === 'one-to-many';
  const [many, one] = isSwapped ? [right, left] : [left, right];
  const numbers = signatures(matching, many, one);
  const rowsOf = (of: Int32Array) => {
    const rows: number[][] = Array.from({ length: numbers.count }, () => []);
    for (const [row, number] of of.entries()) rows[number]!.push(row);
    return rows;
  };
  const sides: Sides = {
    ...{ many, one, isSwapped },
    ...{ oneRows: rowsOf(numbers.right), manyRows: rowsOf(numbers.left) },
  };
  refuseDuplicates(matching, sides);
  const labelsOf = resultLabels(run, node);
  const combine = combiner(run, node);
  const { steps } = many;
  const result = new Grid(run.budget, steps, many.rows);
  for (let signature = 0; signature < numbers.count; signature++) {
    const pairs = pairsOf(sides, signature, labelsOf);
    if (sides.manyRows[signature]!.length > 1) refuseManyMatches(matching, sides, pairs);
    for (const { row, other, labels } of pairs) {
      if (run.spent(steps)) await run.pause();
      const cell = result.add(labels, node.returnsBool);
      for (let k = 0; k < steps; k++) {
        const m = row * steps + k;
        const o = other * steps + k;
        if (many.kinds[m] === SampleKind.Absent || one.kinds[o] === SampleKind.Absent) continue;
        if (isSwapped) combine(one, o, many, m, result, cell + k, false);
        else combine(many, m, one, o, result, cell + k, false);
      }
      result.dropIfEmpty();
    }
    fillIn(run, node, sides, signature, labelsOf, result);
  }
  return result.merged();
}

interface Pair {
  readonly row: number;
  readonly other: number;
  readonly labels: LabelSet;
}

/** Returns the rows that have a sample at the same time. Those that never do may be very many more. */
function pairsOf(
  { many, one, manyRows, oneRows }: Sides,
  signature: number,
  labelsOf: (many: LabelSet, one: LabelSet) => LabelSet,
): Pair[] {
  const others = oneRows[signature]!;
  const partnerAt = others.length > 1 ? partners(one, others) : undefined;
  const partnersOf = (row: number) => {
    if (!partnerAt) return others;
    const found = partnerAt.filter(
      (other, k) => other >= 0 && many.kinds[row * many.steps + k] !== SampleKind.Absent,
    );
    return [...new Set(found)];
  };
  return manyRows[signature]!.flatMap((row) =>
    partnersOf(row).map((other) => {
      return { row, other, labels: labelsOf(many.labels[row]!, one.labels[other]!) };
    }),
  );
}

/** Returns which of some rows has a sample at each time; -1 if none has. No two are asked for at the same time. */
function partners({ kinds, steps }: Grid, rows: readonly number[]): Int32Array {
  const found = new Int32Array(steps).fill(-1);
  for (const row of rows) {
    for (let k = 0; k < steps; k++) {
      if (kinds[row * steps + k] !== SampleKind.Absent) found[k] = row;
    }
  }
  return found;
}

/** Returns what makes the labels of a result from those of the two sides. */
function resultLabels(
  run: Run,
  { op, returnsBool, matching }: Binary,
): (many: LabelSet, one: LabelSet) => LabelSet {
  const { cardinality, on, labels, include } = matching!;
  const drops =
    isArithmetic(op) || (returnsBool && !run.settings.delayedNameRemoval)
      ? withoutName
      : (all: LabelSet) => all;
  if (cardinality === 'one-to-one') {
    const matching = projection(on, labels);
    return (many) => matching(drops(many));
  }
  if (include.length === 0) return drops;
  return (many, one) =>
    withLabels(drops(many), Object.fromEntries(include.map((name) => [name, one.get(name)])));
}

/** @throws QueryError if there are two samples of a signature on the side that may have one */
function refuseDuplicates(matching: Matching, { many, one, oneRows, isSwapped }: Sides): void {
  const { steps } = one;
  for (const rows of oneRows) {
    if (rows.length < 2) continue;
    for (let k = 0; k < steps; k++) {
      const present = rows.filter((row) => one.kinds[row * steps + k] !== SampleKind.Absent);
      if (present.length < 2 || !hasSample(many, k)) continue;
      const [first, second] = present.map((row) => one.labels[row]!) as [LabelSet, LabelSet];
      const side = isSwapped ? 'left' : 'right';
      const found = [labelsText(first), labelsText(second)].sort().join(', ');
      throw new QueryError(
        'execution',
        `found duplicate series for the match group ${labelsText(signatureOf(matching)(first))} on the ${side} hand-side of the operation: [${found}];many-to-many matching not allowed: matching labels must be unique on one side`,
      );
    }
  }
}

function hasSample({ rows, steps, kinds }: Grid, k: number): boolean {
  for (let row = 0; row < rows; row++) {
    if (kinds[row * steps + k] !== SampleKind.Absent) return true;
  }
  return false;
}

/**
 * @throws QueryError if several samples of the other side have the same partner and would have the same labels,
 * even if a comparison leaves all but one out
 */
function refuseManyMatches(
  { cardinality }: Matching,
  { many, one }: Sides,
  pairs: readonly Pair[],
): void {
  const { steps } = many;
  const isOneToOne = cardinality === 'one-to-one';
  const taken = new Map<string, Uint8Array>();
  for (const { row, other, labels } of pairs) {
    const key = isOneToOne ? '' : labels.key;
    let steppedOn = taken.get(key);
    if (!steppedOn) taken.set(key, (steppedOn = new Uint8Array(steps)));
    for (let k = 0; k < steps; k++) {
      if (many.kinds[row * steps + k] === SampleKind.Absent) continue;
      if (one.kinds[other * steps + k] === SampleKind.Absent) continue;
      if (steppedOn[k]) {
        throw new QueryError(
          'execution',
          isOneToOne
            ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
            : 'multiple matches for labels: grouping labels must ensure unique matches',
        );
      }
      steppedOn[k] = 1;
    }
  }
}
