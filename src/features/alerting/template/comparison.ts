import { compareText, textOf, typeOf, type Value } from './values.ts';

const isBasic = (value: Value) => value !== undefined && typeof value !== 'object';

/** Tells whether a value is equal to one of the others. Go compares only what has the same type. */
export function isEqual(one: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new Error('missing argument for comparison');
  for (const other of others) {
    if (one === undefined || other === undefined) {
      if (one === other) return true;
      continue;
    }
    if (typeof one !== typeof other) throw new Error('incompatible types for comparison');
    if (!isBasic(one) && !typeOf(one).startsWith('*')) {
      throw new Error(`non-comparable type ${textOf(other)}: ${typeOf(other)}`);
    }
    if (one === other) return true;
  }
  return false;
}

export function isLess(one: Value, other: Value): boolean {
  if (!isBasic(one) || !isBasic(other)) throw new Error('invalid type for comparison');
  if (typeof one !== typeof other) throw new Error('incompatible types for comparison');
  if (typeof one === 'boolean') throw new Error('invalid type for comparison');
  if (typeof one === 'string') return compareText(one, other as string) < 0;
  return (one as number) < (other as number);
}
