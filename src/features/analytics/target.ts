import type { Target } from '../../analytics/analyses.ts';
import { isLegacyMetricName } from '../../kinds/names.ts';
import { type Labels, shown, TelemetryError } from '../../model.ts';

/** What is looked at, as the part is told of it: a metric, perhaps only its series with these labels, or an expression. */
export type TargetPlan =
  | { readonly metric: string; readonly labels?: Labels | undefined }
  | { readonly expr: string };

/** The part of a bound series that says which one it is. */
interface Bound {
  readonly values: readonly string[];
  readonly owner: { readonly name: string; readonly definition: { labelNames: readonly string[] } };
}

/** @throws TelemetryError `invalid_option` if it is none */
export function targetPlan(what: string, target: Target): TargetPlan {
  if (typeof target === 'string' && target.trim() !== '') {
    return isLegacyMetricName(target) ? { metric: target } : { expr: target };
  }
  const { name, type } = (target ?? {}) as { name?: unknown; type?: unknown };
  if (typeof name === 'string' && typeof type === 'string') return { metric: name };
  const { owner, values } = (target ?? {}) as Partial<Bound>;
  const labelNames = owner?.definition?.labelNames;
  if (!labelNames || values?.length !== labelNames.length) {
    throw new TelemetryError(
      'invalid_option',
      `${what} target must be a metric, its name, what labels() returns, or an expression; got ${shown(target)}`,
    );
  }
  const labels = Object.fromEntries(labelNames.map((label, i) => [label, values[i]!]));
  return { metric: owner.name, labels };
}

/** Returns a target as a person would write it. */
export function targetText(plan: TargetPlan): string {
  if ('expr' in plan) return plan.expr;
  return `${plan.metric}${labelsText(plan.labels ?? {})}`;
}

/** Returns labels as PromQL has them; nothing if there are none. */
export function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).filter(([, value]) => value !== '');
  const texts = pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return texts.length > 0 ? `{${texts.join(', ')}}` : '';
}
