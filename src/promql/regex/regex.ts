import { type Budget, CaptureFinder, type Captures } from './captures.ts';
import { expand } from './expansion.ts';
import { parseRegex } from './parse.ts';
import { type Plain, plainMatches, plainOf } from './plain.ts';
import { compileProgram, type Program } from './program.ts';
import { WholeMatch } from './whole-match.ts';

/** A regular expression that a whole text must match, as in a query. A dot stands for a newline as well. */
export interface Regex {
  /** The names of the groups. Group 0 is the whole match. Groups without a name have an empty one. */
  readonly names: readonly string[];
  /** The texts that it matches, if it is nothing but alternatives of plain texts. */
  readonly literals?: readonly string[] | undefined;
  /** Whether a match takes little more than a look at the text. */
  readonly isPlain: boolean;
  /** @param budget without it a match takes as long as it takes */
  matches(text: string, budget?: Budget): boolean;
  /** Returns what the groups have captured, or `undefined` if the text does not match. */
  find(text: string): (string | undefined)[] | undefined;
  /**
   * Returns the replacement with `$1`, `${name}` and the like replaced by what the groups have captured, or
   * `undefined` if the text does not match.
   */
  replace(text: string, replacement: string, budget?: Budget): string | undefined;
}

/** What makes a pattern more than alternatives of plain texts. */
const SPECIAL = /[\\.+*?()[\]{}^$]/;

/**
 * Compiles a regular expression in RE2's syntax. Matching takes time that is linear in the text.
 * @throws RegexError
 */
export function compileRegex(pattern: string): Regex {
  if (!SPECIAL.test(pattern)) return ofPlainTexts(new Set(pattern.split('|')));
  const { node, names } = parseRegex(pattern, true);
  const plain = plainOf(node);
  // What the pattern asks of memory is known now, so that a match cannot fail.
  const program = plain && names.length === 1 ? undefined : compileProgram(node, pattern);
  let finder: CaptureFinder | undefined;
  /** Whether the last text matches: who looks for captures may be interrupted after that is known. */
  let known: { readonly text: string; readonly matches: boolean } | undefined;
  const matches: Regex['matches'] = plain
    ? (text) => plainMatches(plain, text)
    : wholeMatcher(program!);
  const capturesOf = (text: string, budget?: Budget): Captures | undefined => {
    if (known?.text !== text) known = { text, matches: matches(text, budget) };
    if (!known.matches) return;
    if (!program) return [0, text.length];
    finder ??= new CaptureFinder(program, names.length, true);
    return finder.find(text, 0, budget);
  };
  return {
    names,
    literals: plain && literalsOf(plain),
    isPlain: plain !== undefined,
    matches,
    find(text) {
      const captures = capturesOf(text);
      return (
        captures &&
        names.map((_, i) =>
          captures[2 * i]! < 0 ? undefined : text.slice(captures[2 * i], captures[2 * i + 1]),
        )
      );
    },
    replace(text, replacement, budget) {
      const captures = capturesOf(text, budget);
      return captures && expand(replacement, text, captures, names);
    },
  };
}

function ofPlainTexts(texts: ReadonlySet<string>): Regex {
  return {
    names: [''],
    literals: [...texts],
    isPlain: true,
    matches: (text) => texts.has(text),
    find: (text) => (texts.has(text) ? [text] : undefined),
    replace: (text, replacement) =>
      texts.has(text) ? expand(replacement, text, [0, text.length], ['']) : undefined,
  };
}

function wholeMatcher(program: Program): (text: string, budget?: Budget) => boolean {
  let machine: WholeMatch | undefined;
  return (text, budget) => (machine ??= new WholeMatch(program)).matches(text, budget);
}

function literalsOf({ literals, sequences }: Plain): readonly string[] | undefined {
  return sequences.length > 0 ? undefined : [...literals];
}
