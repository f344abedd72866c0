import { CaptureFinder } from './captures.ts';
import { expand } from './expansion.ts';
import { parseRegex } from './parse.ts';
import { compileProgram } from './program.ts';
import { RegexError } from './regex-error.ts';

/** A regular expression that is looked for anywhere in a text, as in templates. */
export interface Search {
  found(text: string): boolean;
  /** Replaces all matches, from left to right. `$1` and `${name}` stand for what groups have captured. */
  replaceAll(text: string, replacement: string): string;
}

/**
 * Compiles a regular expression in RE2's syntax.
 * @param mostSteps how many steps all searches together may take; then they throw a RegexError. To replace
 * matches may take time that grows with the square of the text.
 * @throws RegexError
 */
export function compileSearch(pattern: string, mostSteps = Infinity): Search {
  const { node, names } = parseRegex(pattern, false);
  const program = compileProgram(node, pattern);
  const finder = new CaptureFinder(program, names.length, false);
  const budget = {
    steps: mostSteps,
    exceeded: () => new RegexError('search takes too many steps', pattern),
  };
  return {
    found: (text) => finder.find(text, 0, budget) !== undefined,
    replaceAll(text, replacement) {
      let result = '';
      let done = 0;
      for (let from = 0; from <= text.length; ) {
        const captures = finder.find(text, from, budget);
        if (!captures) break;
        const [begin, end] = captures as [number, number];
        result += text.slice(done, begin);
        // An empty match right behind another match is none.
        if (end > done || begin === 0) result += expand(replacement, text, captures, names);
        done = end;
        const next = from + ((text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1);
        from = Math.max(next, end);
      }
      return result + text.slice(done);
    },
  };
}
