import { ANY, charSet, escaped, mayFold, NOT_NEWLINE } from './char-set.ts';
import { classAt, namedClassAt } from './class.ts';
import { escapeAt } from './escape.ts';
import { Between, type Node } from './node.ts';
import { RegexError } from './regex-error.ts';

export interface Parsed {
  readonly node: Node;
  /** The names of the groups. Group 0 is the whole match; most have an empty name. */
  readonly names: readonly string[];
}

/** `i`, `m`, `s` and `U`, if they are set. */
type Flags = Readonly<Record<string, boolean>>;

/** How deep groups and repeats may be nested, as in Go. */
const DEEPEST = 1000;
/** How many copies of a part repeats may ask for, as in Go. */
const MOST_COPIES = 1000;

/**
 * Reads a regular expression in the syntax of RE2.
 * https://github.com/google/re2/wiki/Syntax
 * @param dotAll whether a dot stands for a newline as well, unless the pattern says otherwise
 * @throws RegexError
 */
export function parseRegex(pattern: string, dotAll: boolean): Parsed {
  return new Parser(pattern, { s: dotAll }).whole();
}

class Parser {
  readonly #pattern: string;
  readonly #names = [''];
  /** How deep nodes are, where that is more than 1. */
  readonly #depths = new WeakMap<Node, number>();
  /** What stands for a letter in any case. */
  readonly #folded = new Map<number, Node>();
  #flags: Flags;
  #at = 0;
  #open = 0;

  constructor(pattern: string, flags: Flags) {
    this.#pattern = pattern;
    this.#flags = flags;
  }

  whole(): Parsed {
    const node = this.#alternatives();
    if (this.#at < this.#pattern.length) this.#fail('unexpected )');
    return { node, names: this.#names };
  }

  #alternatives(): Node {
    const all = [this.#sequence()];
    while (this.#taken('|')) all.push(this.#sequence());
    return all.length > 1 ? this.#above({ kind: 'either', of: all }, all) : all[0]!;
  }

  #sequence(): Node {
    const all: Node[] = [];
    // Where the repeat that came just before begins.
    let repeat = -1;
    while (this.#at < this.#pattern.length && !/[|)]/.test(this.#next())) {
      const start = this.#at;
      const bounds = this.#bounds();
      if (bounds) {
        const lazy = this.#taken('?') !== !!this.#flags.U;
        const before = repeat < 0 ? start : repeat;
        if (repeat >= 0) this.#failAt('invalid nested repetition operator', before);
        const of = all.pop();
        if (!of) this.#failAt('missing argument to repetition operator', start);
        const node: Node = { kind: 'repeat', of, ...bounds, lazy };
        const many = bounds.min > 1 || (bounds.max > 1 && bounds.max < Infinity);
        if (many && !copiesFit(node, MOST_COPIES)) this.#failAt('invalid repeat count', start);
        all.push(this.#above(node, [of]));
        repeat = start;
      } else {
        this.#atoms(all);
        repeat = -1;
      }
    }
    return all.length === 1 ? all[0]! : this.#above({ kind: 'concat', of: all }, all);
  }

  /** Reads `*`, `+`, `?`, `{2}`, `{2,}` or `{2,3}`. A brace that is none of these is a plain character. */
  #bounds(): { min: number; max: number } | undefined {
    const simple = { '*': [0, Infinity], '+': [1, Infinity], '?': [0, 1] }[this.#next()];
    if (simple) {
      this.#at++;
      return { min: simple[0]!, max: simple[1]! };
    }
    if (this.#next() !== '{') return;
    const found = this.#match(/\{(0|[1-9]\d*)(,(0|[1-9]\d*)?)?\}/y);
    if (!found) return;
    const start = this.#at;
    this.#at += found[0].length;
    const min = Number(found[1]);
    const max = found[3] ? Number(found[3]) : found[2] ? Infinity : min;
    if (min > MOST_COPIES || (max > MOST_COPIES && max < Infinity) || min > max) {
      this.#failAt('invalid repeat count', start);
    }
    return { min, max };
  }

  /** Reads what may be repeated. Flags are nothing, and a quoted text is many characters. */
  #atoms(into: Node[]): void {
    const char = this.#next();
    if (char === '(') {
      const group = this.#group();
      if (group) into.push(group);
    } else if (char === '[') {
      const [parts, end] = classAt(this.#pattern, this.#at, !!this.#flags.i);
      this.#at = end;
      into.push({ kind: 'set', set: charSet(parts) });
    } else if (char === '\\') {
      this.#escape(into);
    } else {
      const code = this.#pattern.codePointAt(this.#at)!;
      this.#at += code > 0xffff ? 2 : 1;
      if (char === '.') into.push({ kind: 'set', set: this.#flags.s ? ANY : NOT_NEWLINE });
      else if (char === '^') into.push(between(this.#flags.m ? 'LineStart' : 'TextStart'));
      else if (char === '$') into.push(between(this.#flags.m ? 'LineEnd' : 'TextEnd'));
      else into.push(this.#char(code));
    }
  }

  #escape(into: Node[]): void {
    const letter = this.#pattern[this.#at + 1] ?? '';
    const condition = { A: 'TextStart', b: 'WordBoundary', B: 'NoWordBoundary', z: 'TextEnd' }[
      letter
    ];
    if (condition) {
      this.#at += 2;
      into.push(between(condition as keyof typeof Between));
    } else if (letter === 'Q') {
      const end = this.#pattern.indexOf('\\E', this.#at);
      const quoted = this.#pattern.slice(this.#at + 2, end < 0 ? undefined : end);
      for (const char of quoted) into.push(this.#char(char.codePointAt(0)!));
      this.#at = end < 0 ? this.#pattern.length : end + 2;
    } else {
      const parts = { inside: '', outside: [], fold: !!this.#flags.i, negated: false };
      const end = namedClassAt(this.#pattern, this.#at, parts);
      if (end) {
        this.#at = end;
        into.push({ kind: 'set', set: charSet(parts) });
        return;
      }
      const [code, after] = escapeAt(this.#pattern, this.#at);
      this.#at = after;
      into.push(this.#char(code));
    }
  }

  /** Reads a group, or flags, which are no part by themselves. */
  #group(): Node | undefined {
    if (this.#open > DEEPEST) this.#fail('expression nests too deeply');
    const flags = this.#flags;
    let index = -1;
    if (this.#pattern[this.#at + 1] !== '?') {
      index = this.#names.push('') - 1;
      this.#at++;
    } else if (this.#match(/\(\?P?<./sy)) {
      const found = this.#match(/\(\?P?<([^>]*)>/y);
      if (!found) this.#failAt('invalid named capture', this.#at, this.#pattern.length);
      if (!/^\w+$/.test(found[1]!)) {
        this.#failAt('invalid named capture', this.#at, this.#at + found[0].length);
      }
      index = this.#names.push(found[1]!) - 1;
      this.#at += found[0].length;
    } else if (this.#setFlags()) {
      return;
    }
    this.#open++;
    const of = this.#alternatives();
    this.#open--;
    if (!this.#taken(')')) this.#fail('missing closing )');
    this.#flags = flags;
    return index < 0 ? of : this.#above({ kind: 'group', of, index }, [of]);
  }

  /** Reads `(?i)` or `(?i-s:`. Tells whether it was the first, which holds to the end of the group around it. */
  #setFlags(): boolean {
    const found = this.#match(/\(\?([imsU]*)(?:-([imsU]+))?([:)])/y);
    if (!found) {
      const wrong = this.#match(/\(\?[imsU]*(-[imsU]*)?.?/suy)!;
      this.#failAt('invalid or unsupported Perl syntax', this.#at, this.#at + wrong[0].length);
    }
    this.#at += found[0].length;
    const set = { ...this.#flags };
    for (const flag of found[1]!) set[flag] = true;
    for (const flag of found[2] ?? '') set[flag] = false;
    this.#flags = set;
    return found[3] === ')';
  }

  #char(code: number): Node {
    if (!this.#flags.i || !mayFold(code)) return { kind: 'char', code };
    let node = this.#folded.get(code);
    if (!node) {
      const parts = { inside: escaped(code), outside: [], fold: true, negated: false };
      node = { kind: 'set', set: charSet(parts) };
      this.#folded.set(code, node);
    }
    return node;
  }

  /** Returns the node, whose parts are given, unless it is too deep. */
  #above(node: Node, parts: readonly Node[]): Node {
    const depth = 1 + parts.reduce((most, part) => Math.max(most, this.#depths.get(part) ?? 1), 0);
    if (depth > DEEPEST) this.#fail('expression nests too deeply');
    this.#depths.set(node, depth);
    return node;
  }

  #next(): string {
    return this.#pattern[this.#at] ?? '';
  }

  #taken(char: string): boolean {
    const found = this.#next() === char;
    if (found) this.#at++;
    return found;
  }

  /** Matches from here; the expression must be sticky. */
  #match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at;
    return expression.exec(this.#pattern);
  }

  #fail(problem: string): never {
    throw new RegexError(problem, this.#pattern);
  }

  #failAt(problem: string, start: number, end = this.#at): never {
    throw new RegexError(problem, this.#pattern.slice(start, end));
  }
}

const between = (what: keyof typeof Between): Node => ({ kind: 'between', what: Between[what] });

/** Tells whether repeats inside of repeats ask for at most so many copies of what is innermost. */
function copiesFit(node: Node, most: number): boolean {
  if (!('of' in node)) return true;
  if (node.kind !== 'repeat') {
    return [node.of].flat().every((part) => copiesFit(part as Node, most));
  }
  const copies = node.max === Infinity ? node.min : node.max;
  if (copies > most) return false;
  return node.max === 0 || copiesFit(node.of, copies > 0 ? Math.floor(most / copies) : most);
}
