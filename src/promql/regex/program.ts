import type { CharSet } from './char-set.ts';
import { mayBeEmpty, type Node } from './node.ts';
import { RegexError } from './regex-error.ts';

export const Op = {
  /** Consumes the code point `x`. */
  Char: 0,
  /** Consumes a code point of the set with the number `x`. */
  Set: 1,
  /** Goes on at `x`, and, with less priority, at `y`. */
  Split: 2,
  Jump: 3,
  /** Keeps the place as the number `x`. */
  Save: 4,
  /** Goes on where the conditions `x` hold. */
  Between: 5,
  Match: 6,
} as const;

/** What a machine runs: an instruction at each place, which goes on at the next place unless it says otherwise. */
export interface Program {
  readonly op: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly sets: readonly CharSet[];
  /** Whether there are conditions in it. */
  readonly conditions: boolean;
}

/**
 * How many instructions a program may have beyond those that the length of its pattern explains: repeats make
 * copies. Each character of a text may cost as many steps, in the worst case. Go allows far more copies.
 */
const MOST_COPIED = 20_000;
const FOR_EACH_CHARACTER = 4;

/** @throws RegexError if the program would be too long */
export function compileProgram(node: Node, pattern: string): Program {
  return new Compiler(pattern).whole(node);
}

class Compiler {
  readonly #pattern: string;
  readonly #op: number[] = [];
  readonly #x: number[] = [];
  readonly #y: number[] = [];
  readonly #sets: CharSet[] = [];

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  whole(node: Node): Program {
    this.#node(node);
    this.#emit(Op.Match);
    return {
      op: this.#op,
      x: this.#x,
      y: this.#y,
      sets: this.#sets,
      conditions: this.#op.includes(Op.Between),
    };
  }

  #emit(op: number, x = 0): number {
    if (this.#op.length >= MOST_COPIED + FOR_EACH_CHARACTER * this.#pattern.length) {
      throw new RegexError('expression too large', this.#pattern);
    }
    this.#x.push(x);
    this.#y.push(0);
    return this.#op.push(op) - 1;
  }

  #node(node: Node): void {
    switch (node.kind) {
      case 'char':
        this.#emit(Op.Char, node.code);
        break;
      case 'set':
        this.#emit(Op.Set, this.#sets.push(node.set) - 1);
        break;
      case 'between':
        this.#emit(Op.Between, node.what);
        break;
      case 'concat':
        for (const part of node.of) this.#node(part);
        break;
      case 'group':
        this.#emit(Op.Save, 2 * node.index);
        this.#node(node.of);
        this.#emit(Op.Save, 2 * node.index + 1);
        break;
      case 'either':
        this.#either(node.of);
        break;
      case 'repeat':
        this.#repeat(node.of, node.min, node.max, node.lazy);
        break;
    }
  }

  #either(parts: readonly Node[]): void {
    const jumps: number[] = [];
    parts.forEach((part, i) => {
      const last = i === parts.length - 1;
      const split = last ? -1 : this.#emit(Op.Split);
      this.#node(part);
      if (last) return;
      jumps.push(this.#emit(Op.Jump));
      this.#fork(split, split + 1, this.#op.length, false);
    });
    for (const jump of jumps) this.#x[jump] = this.#op.length;
  }

  #repeat(of: Node, min: number, max: number, lazy: boolean): void {
    if (max === Infinity) {
      // What may be empty must be entered before it may be left: so Go prefers its captures.
      const optional = min === 0 ? this.#emit(Op.Split) : -1;
      const loops = min === 0 && !mayBeEmpty(of);
      let last = this.#op.length;
      for (let i = 0; i < Math.max(min, 1); i++) {
        last = this.#op.length;
        this.#node(of);
      }
      if (loops) this.#emit(Op.Jump, optional);
      else this.#fork(this.#emit(Op.Split), last, this.#op.length, lazy);
      if (optional >= 0) this.#fork(optional, optional + 1, this.#op.length, lazy);
      return;
    }
    for (let i = 0; i < min; i++) this.#node(of);
    const splits: number[] = [];
    for (let i = min; i < max; i++) {
      splits.push(this.#emit(Op.Split));
      this.#node(of);
    }
    for (const split of splits) this.#fork(split, split + 1, this.#op.length, lazy);
  }

  #fork(split: number, inner: number, outer: number, lazy: boolean): void {
    this.#x[split] = lazy ? outer : inner;
    this.#y[split] = lazy ? inner : outer;
  }
}
