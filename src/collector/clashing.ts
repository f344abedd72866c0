import type { FamilyDefinition } from '../model.ts';

/**
 * The families that would write the same samples as another one: a histogram `x` writes `x_bucket`, `x_sum`
 * and `x_count`, and no other family may.
 * @param families by their names
 */
export function clashing<Family>(
  families: ReadonlyMap<string, Family>,
  { name, type }: Pick<FamilyDefinition, 'name' | 'type'>,
  definitionOf: (family: Family) => Pick<FamilyDefinition, 'type'>,
): Family[] {
  const base = name.replace(/_(bucket|sum|count)$/, '');
  const other = base === name ? undefined : families.get(base);
  const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [];
  const others = suffixes.flatMap((suffix) => families.get(name + suffix) ?? []);
  return other && definitionOf(other).type === 'histogram' ? [other, ...others] : others;
}
