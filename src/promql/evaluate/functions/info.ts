import type { At, Call, Duration, Expr, VectorSelector } from '../../ast.ts';
import type { LabelSet } from '../../label-set.ts';
import type { Matcher } from '../../matcher.ts';
import { matcher } from '../../matchers.ts';
import { QueryError } from '../../query-error.ts';
import { SampleKind } from '../../source.ts';
import { bare } from '../called.ts';
import type { Frame } from '../frame.ts';
import { Grid } from '../grid.ts';
import { labelsText } from '../labels-text.ts';
import { NAME, withLabels } from '../projection.ts';
import type { Run } from '../run.ts';
import { selectVector } from '../select.ts';

/** The labels by which series and info metrics are matched. */
const IDENTIFYING = ['instance', 'job'];

/** Adds labels of info metrics, such as `target_info`, to the series that they are about. */
export async function withInfo(run: Run, { args }: Call, frame: Frame): Promise<Grid> {
  const base = await run.evaluate(args[0]!, frame);
  const selector = args[1] && bare(args[1]);
  const matchers = selector?.kind === 'vector-selector' ? selector.matchers : undefined;
  const names = namesOf(matchers?.filter(({ name }) => name === NAME) ?? []);
  const data = matchers?.filter(({ name }) => name !== NAME) ?? [];
  const isInfo = base.labels.map((labels) => names.every((one) => one.matches(labels.get(NAME))));
  const wanted = base.labels.filter((_, row) => !isInfo[row]);
  const info = await selectInfo(run, frame, args[0]!, wanted, [...data, ...names]);
  const kept = new Set(data.map(({ name }) => name));
  const maySkip = data.every((one) => one.matches(''));
  const result = new Grid(run.budget, frame.count, base.rows);
  const begins = new Map<string, number>();
  for (let k = 0; k < frame.count; k++) {
    const newest = newestAt(info, k);
    for (let row = 0; row < base.rows; row++) {
      if (run.spent(8)) await run.pause();
      const cell = row * frame.count + k;
      if (base.kinds[cell] === SampleKind.Absent) continue;
      const labels = base.labels[row]!;
      const found = isInfo[row] ? [] : (newest.get(identityOf(labels)) ?? []);
      if (!isInfo[row] && found.length === 0 && !maySkip) continue;
      const all = joined(labels, found, kept);
      const key = `${row} ${all.key}`;
      const begin = begins.get(key) ?? result.add(all, base.nameless[row]);
      begins.set(key, begin);
      result.copy(begin + k, base, cell);
    }
  }
  base.release();
  info?.release();
  return result.merged();
}

/** Without a positive demand on the name, all metrics whose names end in `_info` are meant. */
function namesOf(matchers: readonly Matcher[]): readonly Matcher[] {
  if (matchers.length === 0) return [matcher(NAME, '=', 'target_info')];
  if (matchers.some(({ op }) => op === '=' || op === '=~')) return matchers;
  return [matcher(NAME, '=~', '.+_info'), ...matchers];
}

/** Returns when the newest sample of each info metric was taken. Its value does not matter. */
async function selectInfo(
  run: Run,
  frame: Frame,
  arg: Expr,
  series: readonly LabelSet[],
  matchers: readonly Matcher[],
): Promise<Grid | undefined> {
  const identities = IDENTIFYING.flatMap((name): Matcher[] => {
    const values = new Set(series.map((labels) => labels.get(name)).filter(Boolean));
    if (values.size === 0) return [];
    const literals = [...values];
    const matches = (value: string) => values.has(value);
    return [{ name, op: '=~', value: literals.join('|'), literals, matches }];
  });
  if (identities.length === 0) return undefined;
  const place = placeOf(arg) ?? { offset: 0 };
  const selector: VectorSelector = {
    ...{ kind: 'vector-selector', name: '', start: arg.start, end: arg.end },
    ...{ matchers: [...identities, ...matchers], offset: place.offset, at: place.at },
  };
  return selectVector(run, selector, frame, 'times');
}

/** Returns the place in time of the first selector in an expression. */
function placeOf(expr: Expr): { offset: Duration; at?: At | undefined } | undefined {
  switch (expr.kind) {
    case 'vector-selector':
      return expr;
    case 'matrix-selector':
      return expr.selector;
    case 'call':
      return expr.args.map(placeOf).find((place) => place);
    case 'binary':
      return placeOf(expr.left) ?? placeOf(expr.right);
    case 'aggregate':
    case 'paren':
    case 'unary':
      return placeOf(expr.expr);
    case 'subquery': {
      const inner = placeOf(expr.expr);
      return inner?.at === undefined ? { ...expr } : inner;
    }
    default:
      return undefined;
  }
}

function identityOf(labels: LabelSet): string {
  return JSON.stringify(IDENTIFYING.map((name) => labels.get(name)));
}

/** Returns the newest of the info metrics of each name at a step, by what they identify. */
function newestAt(info: Grid | undefined, k: number): Map<string, LabelSet[]> {
  const newest = new Map<string, Map<string, number>>();
  for (let row = 0; info && row < info.rows; row++) {
    const cell = row * info.steps + k;
    if (info.kinds[cell] === SampleKind.Absent) continue;
    const labels = info.labels[row]!;
    const identity = identityOf(labels);
    const rows = newest.get(identity) ?? new Map<string, number>();
    newest.set(identity, rows);
    const known = rows.get(labels.get(NAME));
    const time = info.values[cell]!;
    const before = known === undefined ? -Infinity : info.values[known * info.steps + k]!;
    if (time === before) {
      const [one, other] = [info.labels[known!]!, labels].map(labelsText);
      throw new QueryError(
        'execution',
        `found duplicate series for info metric: existing ${one} @ ${before * 1000}, new ${other} @ ${time * 1000}`,
      );
    }
    if (time > before) rows.set(labels.get(NAME), row);
  }
  return new Map(
    [...newest].map(([identity, rows]) => [
      identity,
      [...rows.values()].map((row) => info!.labels[row]!),
    ]),
  );
}

/** Labels of the series itself stay as they are. */
function joined(labels: LabelSet, info: readonly LabelSet[], kept: ReadonlySet<string>): LabelSet {
  if (info.length === 0) return labels;
  const added: Record<string, string> = {};
  for (const { names, values } of info) {
    for (const [i, name] of names.entries()) {
      if (name === NAME || (kept.size > 0 && !kept.has(name))) continue;
      const value = values[i]!;
      if (Object.hasOwn(added, name) && added[name] !== value) {
        throw new QueryError('execution', `conflicting label: ${name}`);
      }
      if (!labels.names.includes(name)) added[name] = value;
    }
  }
  return withLabels(labels, added);
}
