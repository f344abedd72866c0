import { conditionsBetween, NOTHING } from './between.ts';
import { Op, type Program } from './program.ts';

/** Where the groups of a match begin and end: two numbers for each; -1 for those that took no part. */
export type Captures = readonly number[];

/** Threads of a machine, by priority: where each is, and what it has captured. */
interface Threads {
  readonly places: number[];
  readonly captures: Captures[];
}

/**
 * How many steps a search may still take, and what it throws if it would take more. If it is asked the same again, it
 * goes on where it was.
 */
export interface Budget {
  /** How many steps are left. */
  steps: number;
  /** Returns the error that ends the work when none are left. */
  exceeded(): Error;
}

/** Where a search was when its budget was used up. */
interface Rest {
  readonly text: string;
  readonly at: number;
  readonly waiting: Threads;
}

/**
 * Finds the first match, and of those that begin at its place the one that Perl would prefer. It runs all
 * possibilities side by side, so its time is linear in the text.
 */
export class CaptureFinder {
  readonly #program: Program;
  readonly #groups: number;
  readonly #whole: boolean;
  #rest: Rest | undefined;
  /** When each place of the program was last visited. */
  readonly #visited: Float64Array;
  #visit = 0;
  #found: Captures | undefined;

  /**
   * @param groups how many groups there are, the whole match included
   * @param whole whether a match must be all of the text
   */
  constructor(program: Program, groups: number, whole: boolean) {
    this.#program = program;
    this.#groups = groups;
    this.#whole = whole;
    this.#visited = new Float64Array(program.op.length);
  }

  /** Returns the first match at or behind a place. */
  find(text: string, from: number, budget?: Budget): Captures | undefined {
    const rest = this.#rest?.text === text ? this.#rest : undefined;
    this.#rest = undefined;
    if (!rest) this.#found = undefined;
    let waiting = rest?.waiting;
    let ready: Threads = { places: [], captures: [] };
    for (let at = rest?.at ?? from; ; ) {
      const after = at < text.length ? text.codePointAt(at)! : NOTHING;
      if (!waiting) {
        // Half of a pair of surrogates will do: conditions ask for words and newlines only.
        const before = at > 0 ? text.charCodeAt(at - 1) : NOTHING;
        const starts = this.#whole ? at === 0 : !this.#found;
        const holding = this.#program.conditions ? conditionsBetween(before, after) : 0;
        waiting = this.#advance(ready, at, starts, holding, after === NOTHING);
        const over = waiting.places.length === 0 && (this.#whole || this.#found);
        if (after === NOTHING || over) return this.#found;
        if (budget && (budget.steps -= waiting.places.length + 1) < 0) {
          this.#rest = { text, at, waiting };
          throw budget.exceeded();
        }
      }
      ready = this.#take(waiting, after);
      waiting = undefined;
      at += after > 0xffff ? 2 : 1;
    }
  }

  /** Follows threads to where they wait for a character. Those behind one that has found a match are given up. */
  #advance(ready: Threads, at: number, starts: boolean, holding: number, ends: boolean): Threads {
    const waiting: Threads = { places: [], captures: [] };
    this.#visit++;
    const follow = (place: number, captures: Captures) =>
      this.#follow(place, captures, waiting, at, holding, ends);
    for (let i = 0; i < ready.places.length; i++) {
      if (follow(ready.places[i]!, ready.captures[i]!)) return waiting;
    }
    if (starts) follow(0, put(new Array<number>(2 * this.#groups).fill(-1), 0, at));
    return waiting;
  }

  /** Follows one thread. Tells whether it has found a match. */
  #follow(
    start: number,
    captured: Captures,
    waiting: Threads,
    at: number,
    holding: number,
    ends: boolean,
  ): boolean {
    const { op, x, y } = this.#program;
    const places = [start];
    const captures = [captured];
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      const own = captures.pop()!;
      if (this.#visited[place] === this.#visit) continue;
      this.#visited[place] = this.#visit;
      const kind = op[place]!;
      if (kind === Op.Match) {
        if (this.#whole && !ends) continue;
        this.#found = put(own, 1, at);
        return true;
      }
      if (kind <= Op.Set) {
        waiting.places.push(place);
        waiting.captures.push(own);
      } else if (kind !== Op.Between || (x[place]! & ~holding) === 0) {
        if (kind === Op.Split) {
          places.push(y[place]!);
          captures.push(own);
        }
        places.push(kind === Op.Split || kind === Op.Jump ? x[place]! : place + 1);
        captures.push(kind === Op.Save ? put(own, x[place]!, at) : own);
      }
    }
    return false;
  }

  /** Lets all that wait take a character. Returns those that could. */
  #take({ places, captures }: Threads, code: number): Threads {
    const next: Threads = { places: [], captures: [] };
    for (let i = 0; i < places.length; i++) {
      if (!consumes(this.#program, places[i]!, code)) continue;
      next.places.push(places[i]! + 1);
      next.captures.push(captures[i]!);
    }
    return next;
  }
}

/** Tells whether the instruction at a place, which waits for a character, is content with this one. */
export function consumes({ op, x, sets }: Program, place: number, code: number): boolean {
  return op[place] === Op.Char ? x[place] === code : sets[x[place]!]!.has(code);
}

/** Returns a copy with one number changed. */
function put(captures: Captures, index: number, value: number): Captures {
  const copy = captures.slice();
  copy[index] = value;
  return copy;
}
