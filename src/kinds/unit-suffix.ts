import type { FamilyHead } from '../model.ts';

const TOTAL = '_total';

/**
 * Returns what a family would have to be called for OpenMetrics, which demands that a name ends in the unit;
 * that of a counter in the unit and `_total`. If that is how it is called, or if it has no unit, this is its
 * name. https://prometheus.io/docs/specs/om/open_metrics_spec/#unit
 *
 * A dot before the unit will do, too: every escaping scheme writes it as something that ends in an underscore.
 */
export function nameWithUnit({ name, type, unit }: FamilyHead): string {
  const total = type === 'counter' && name.endsWith(TOTAL) ? TOTAL : '';
  const stem = name.slice(0, name.length - total.length);
  const isThere = ['_', '.'].some((separator) => stem.endsWith(separator + unit));
  return unit === '' || isThere ? name : `${stem}_${unit}${total}`;
}
