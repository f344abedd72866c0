import type { Matcher } from './matcher.ts';
import type { Budget } from './regex/captures.ts';
import { compileRegex } from './regex/regex.ts';

/**
 * Makes a condition that a label must meet. A regular expression must match the whole value.
 * @throws RegexError if the value of `=~` or `!~` is not a regular expression
 */
export function matcher(name: string, op: Matcher['op'], value: string): Matcher {
  if (op === '=') return { name, op, value, matches: (text) => text === value };
  if (op === '!=') return { name, op, value, matches: (text) => text !== value };
  const regex = compileRegex(value);
  const wanted = op === '=~';
  const matchesWithin = (text: string, budget: Budget) => regex.matches(text, budget) === wanted;
  return {
    ...{ name, op, value, matches: (text) => regex.matches(text) === wanted },
    ...(!regex.isPlain && { matchesWithin }),
    literals: wanted ? regex.literals : undefined,
  };
}
