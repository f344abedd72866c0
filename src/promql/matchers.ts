import type { Matcher } from './matcher.ts';
import { compileRegex } from './regex/regex.ts';

/**
 * Makes a condition that a label must meet. A regular expression must match the whole value.
 * @throws RegexError if the value of `=~` or `!~` is not a regular expression
 */
export function matcher(name: string, op: Matcher['op'], value: string): Matcher {
  if (op === '=') return { name, op, value, matches: (text) => text === value };
  if (op === '!=') return { name, op, value, matches: (text) => text !== value };
  const regex = compileRegex(value);
  if (op === '!~') return { name, op, value, matches: (text) => !regex.matches(text) };
  return { name, op, value, matches: regex.matches, literals: regex.literals };
}
