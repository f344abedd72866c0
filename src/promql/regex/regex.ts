import { CaptureFinder, type Captures } from './captures.ts';
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
  matches(text: string): boolean;
  /** Returns what the groups have captured, or `undefined` if the text does not match. */
  find(text: string): (string | undefined)[] | undefined;
  /**
   * Returns the replacement with `$1`, `${name}` and the like replaced by what the groups have captured, or
   * `undefined` if the text does not match.
   */
  replace(text: string, replacement: string): string | undefined;
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
  const matches = plain ? (text: string) => plainMatches(plain, text) : wholeMatcher(program!);
  const capturesOf = (text: string): Captures | undefined => {
    if (!matches(text)) return;
    if (!program) return [0, text.length];
    finder ??= new CaptureFinder(program, names.length, true);
    return finder.find(text, 0);
  };
  return {
    names,
    literals: plain && literalsOf(plain),
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
    replace(text, replacement) {
      const captures = capturesOf(text);
      return captures && expand(replacement, text, captures, names);
    },
  };
}

function ofPlainTexts(texts: ReadonlySet<string>): Regex {
  return {
    names: [''],
    literals: [...texts],
    matches: (text) => texts.has(text),
    find: (text) => (texts.has(text) ? [text] : undefined),
    replace: (text, replacement) =>
      texts.has(text) ? expand(replacement, text, [0, text.length], ['']) : undefined,
  };
}

function wholeMatcher(program: Program): (text: string) => boolean {
  let machine: WholeMatch | undefined;
  return (text) => (machine ??= new WholeMatch(program)).matches(text);
}

function literalsOf({ literals, sequences }: Plain): readonly string[] | undefined {
  return sequences.length > 0 ? undefined : [...literals];
}
