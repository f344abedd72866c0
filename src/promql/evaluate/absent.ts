import type { Expr } from '../ast.ts';
import { LabelSet } from '../label-set.ts';
import { NAME, NO_LABELS } from './projection.ts';

/** Returns the labels that series of a selector have for certain, but for the name. */
export function absentLabels(expr: Expr): LabelSet {
  const selector = expr.kind === 'matrix-selector' ? expr.selector : expr;
  if (selector.kind !== 'vector-selector') return NO_LABELS;
  const values = new Map<string, string>();
  const given = new Set<string>();
  for (const { name, op, value } of selector.matchers) {
    if (name === NAME) continue;
    // A label that is demanded twice is not certain.
    values.set(name, op === '=' && !given.has(name) ? value : '');
    if (op === '=') given.add(name);
  }
  return LabelSet.of(Object.fromEntries(values));
}
