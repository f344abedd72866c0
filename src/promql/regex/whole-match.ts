import { conditionsBetween, NOTHING } from './between.ts';
import { type Budget, consumes } from './captures.ts';
import { Op, type Program } from './program.ts';

/** What is reached after some of the text: where the program may be, and what the next character leads to. */
interface State {
  /** Ascending places of the program, before it has been asked which conditions hold. */
  readonly places: Int32Array;
  /** The code point before, as far as conditions tell code points apart. */
  readonly before: number;
  readonly ascii: (State | undefined)[];
  readonly others: Map<number, State>;
  matches: boolean | undefined;
}

const ASCII = 128;
/** How many places and transitions are remembered at most. Then all is forgotten, and worked out again. */
const MOST_KEPT = 1 << 16;

/**
 * Tells whether a program matches a whole text, in time that is linear in the text. It keeps the sets of
 * places that it has been at and where characters lead from them: mostly a character is one look into a table.
 */
export class WholeMatch {
  readonly #program: Program;
  readonly #closure: Closure;
  #states = new Map<string, State>();
  #start: State | undefined;
  #kept = 0;
  /** Where a match was when its budget was used up. */
  #rest: { readonly text: string; readonly at: number; readonly state: State } | undefined;

  constructor(program: Program) {
    this.#program = program;
    this.#closure = new Closure(program);
  }

  matches(text: string, budget?: Budget): boolean {
    const rest = this.#rest?.text === text ? this.#rest : undefined;
    this.#rest = undefined;
    let state = rest?.state ?? (this.#start ??= this.#state([0], NOTHING));
    for (let i = rest?.at ?? 0; i < text.length; i++) {
      if (budget && budget.steps < 0) {
        this.#rest = { text, at: i, state };
        throw budget.exceeded();
      }
      let code = text.charCodeAt(i);
      let next: State | undefined;
      if (code < ASCII) {
        next = state.ascii[code];
      } else {
        code = text.codePointAt(i)!;
        if (code > 0xffff) i++;
        next = state.others.get(code);
      }
      if (!next) {
        if (budget) budget.steps -= state.places.length + 1;
        next = this.#step(state, code);
      }
      state = next;
      if (state.places.length === 0) return false;
    }
    return (state.matches ??= this.#accepts(state));
  }

  #step(state: State, code: number): State {
    const next: number[] = [];
    for (const place of this.#closure.from(state.places, state.before, code)) {
      if (consumes(this.#program, place, code)) next.push(place + 1);
    }
    const before = this.#program.conditions ? alike(code) : NOTHING;
    const to = this.#state(next, before);
    if (code < ASCII) state.ascii[code] = to;
    else state.others.set(code, to);
    this.#kept++;
    return to;
  }

  #state(found: readonly number[], before: number): State {
    if (this.#kept > MOST_KEPT) {
      this.#states = new Map();
      this.#start = undefined;
      this.#kept = 0;
    }
    const places = Int32Array.from(found).sort();
    const key = `${before}:${places}`;
    let state = this.#states.get(key);
    if (!state) {
      state = { places, before, ascii: [], others: new Map(), matches: undefined };
      this.#states.set(key, state);
      this.#kept += ASCII + places.length;
    }
    return state;
  }

  #accepts(state: State): boolean {
    this.#closure.from(state.places, state.before, NOTHING);
    return this.#closure.matched;
  }
}

/** Follows what needs no character. */
class Closure {
  /** Whether the end of the program was reached. */
  matched = false;
  readonly #program: Program;
  /** When each place was last visited. */
  readonly #visited: Float64Array;
  #visit = 0;

  constructor(program: Program) {
    this.#program = program;
    this.#visited = new Float64Array(program.op.length);
  }

  /** Returns the places that wait for a character. */
  from(places: Int32Array, before: number, after: number): number[] {
    const { op, x, y, conditions } = this.#program;
    const visited = this.#visited;
    const visit = ++this.#visit;
    const holding = conditions ? conditionsBetween(before, after) : 0;
    const waiting: number[] = [];
    const stack = Array.from(places);
    this.matched = false;
    for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
      if (visited[place] === visit) continue;
      visited[place] = visit;
      const kind = op[place]!;
      if (kind <= Op.Set) waiting.push(place);
      else if (kind === Op.Split) stack.push(y[place]!, x[place]!);
      else if (kind === Op.Jump) stack.push(x[place]!);
      else if (kind === Op.Save) stack.push(place + 1);
      else if (kind === Op.Match) this.matched = true;
      else if ((x[place]! & ~holding) === 0) stack.push(place + 1);
    }
    return waiting;
  }
}

/** Returns a code point that stands for all that conditions do not tell apart from this one. */
function alike(code: number): number {
  if (code === 10) return 10;
  return /\w/.test(String.fromCodePoint(code)) ? 0x61 : 0x20;
}
