import { wellFormed } from '../platform/realm.ts';
import { isLegacyMetricName } from './names.ts';

/**
 * What to do with names that only newer readers take: those with other characters than the letters, digits
 * and underscores of the first versions of Prometheus. `allow-utf-8` writes them as they are; the others
 * write legal names in their place. https://prometheus.io/docs/instrumenting/escaping_schemes/
 */
export type Escaping = 'allow-utf-8' | 'underscores' | 'dots' | 'values';

export const ESCAPINGS: readonly Escaping[] = ['allow-utf-8', 'underscores', 'dots', 'values'];

/** Returns what stands for a character that a legal name cannot have. */
const REPLACEMENTS: Readonly<Record<Escaping, (character: string) => string>> = {
  'allow-utf-8': (character) => character,
  underscores: () => '_',
  dots: (character) => (character === '.' ? '_dot_' : '__'),
  // A lone surrogate is written as what stands for it in UTF-8.
  values: (character) => `_${wellFormed(character).codePointAt(0)!.toString(16)}_`,
};

/**
 * Returns a name as the scheme writes it. A name that every reader takes stays as it is. The specification
 * and the code of Prometheus (`EscapeName` in prometheus/common) differ in details; this follows the code.
 * @param isLegacy whether every reader takes the name: this differs between metrics and labels
 */
export function escapedName(
  name: string,
  scheme: Escaping,
  isLegacy: (name: string) => boolean = isLegacyMetricName,
): string {
  if (scheme === 'allow-utf-8' || isLegacy(name)) return name;
  const replacement = REPLACEMENTS[scheme];
  let escaped = scheme === 'values' ? 'U__' : '';
  let isFirst = true;
  for (const character of name) {
    // A digit is legal, but not as the first character.
    const isLegal = isLegacy(isFirst ? character : `a${character}`);
    if (character === '_' && scheme !== 'underscores') escaped += '__';
    else escaped += isLegal ? character : replacement(character);
    isFirst = false;
  }
  return escaped;
}
