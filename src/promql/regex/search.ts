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

/** What all searches that are given the same object may do together. */
export interface SearchLimits {
  /** How many steps they may still take. To replace matches may take time that grows with the square of the text. */
  steps: number;
  /** How many characters a text may have in which matches were replaced. */
  readonly length: number;
}

const NO_LIMITS: SearchLimits = { steps: Infinity, length: Infinity };

/**
 * Compiles a regular expression in RE2's syntax. To compile it takes a step for each of its instructions.
 * @throws RegexError also later, when the limits are reached
 */
export function compileSearch(pattern: string, limits = NO_LIMITS): Search {
  const { node, names } = parseRegex(pattern, false);
  const program = compileProgram(node, pattern);
  const finder = new CaptureFinder(program, names.length, false);
  const exceeded = () => new RegexError('search takes too many steps', pattern);
  limits.steps -= program.op.length;
  if (limits.steps < 0) throw exceeded();
  const budget = {
    get steps() {
      return limits.steps;
    },
    set steps(left) {
      limits.steps = left;
    },
    exceeded,
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
        if (end > done || begin === 0) {
          const most = limits.length - result.length;
          result += expand(replacement, text, captures, names, most);
        }
        if (result.length > limits.length) {
          throw new RangeError(`result is longer than ${limits.length}`);
        }
        done = end;
        const next = from + ((text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1);
        from = Math.max(next, end);
      }
      return result + text.slice(done);
    },
  };
}
