import { wellFormed } from '../platform/realm.ts';
import { METRIC_NAME, type NamePatterns } from './names.ts';

/**
 * What to do with names that only newer readers take: those with other characters than the letters, digits
 * and underscores of the first versions of Prometheus. `allow-utf-8` writes them as they are; the others
 * write legal names in their place. https://prometheus.io/docs/instrumenting/escaping_schemes/
 */
export type Escaping = 'allow-utf-8' | 'underscores' | 'dots' | 'values';

/** Returns what stands for a character that a legal name cannot have, or for an underscore. */
const REPLACEMENTS: Readonly<Record<Escaping, (character: string) => string>> = {
  'allow-utf-8': (character) => character,
  underscores: () => '_',
  dots: (character) => (character === '.' ? '_dot_' : '__'),
  // A lone surrogate is written as what stands for it in UTF-8.
  values: (character) =>
    character === '_' ? '__' : `_${wellFormed(character).codePointAt(0)!.toString(16)}_`,
};

export const ESCAPINGS = Object.keys(REPLACEMENTS) as readonly Escaping[];

/**
 * Returns a name as the scheme writes it. A name that every reader takes stays as it is. The specification
 * and the code of Prometheus (`EscapeName` in prometheus/common) differ in details; this follows the code.
 * @param patterns those of metrics or of labels
 */
export function escapedName(
  name: string,
  scheme: Escaping,
  patterns: NamePatterns = METRIC_NAME,
): string {
  if (patterns.legacy.test(name)) return name;
  const escaped = name.replace(patterns.escaped, REPLACEMENTS[scheme]);
  return scheme === 'values' ? `U__${escaped}` : escaped;
}

/** Returns all that may stand for a name in an exposition, whatever scheme a scraper asks for. */
export function writtenNames(name: string, patterns: NamePatterns): readonly string[] {
  if (patterns.legacy.test(name)) return [name];
  return ESCAPINGS.map((scheme) => escapedName(name, scheme, patterns));
}
