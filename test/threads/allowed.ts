/** Tells what the exposition may show of what only grows, while threads record, erase and end. */

interface Recorded {
  readonly actor: number;
  readonly amount: number;
  /** Whether it was handed over for sure. */
  isConfirmed: boolean;
  /** Whether it may be lost, since its thread was ended from outside. */
  isDoubtful: boolean;
}

interface Erased {
  readonly actor: number;
  /** How much had been recorded before. */
  readonly after: number;
  /** The threads that the collector knew for sure. Others may join with what they had recorded before. */
  readonly known: ReadonlySet<number>;
  isConfirmed: boolean;
  /** Whether the collector may never hear of it. */
  isDoubtful: boolean;
}

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** The history of one sample: the total of a counter, or the count or the sum of a histogram. */
export class AllowedTotal {
  /** When everything was last quiet. */
  #settled = 0;
  /** The highest value that was shown. It never falls, unless it is erased. */
  #shown = 0;
  #recorded: Recorded[] = [];
  #erased: Erased[] = [];

  record(actor: number, amount: number): void {
    this.#recorded.push({ actor, amount, isConfirmed: false, isDoubtful: false });
  }

  erase(actor: number, known: Iterable<number>): void {
    const after = this.#recorded.length;
    const told = new Set([...known, actor]);
    this.#erased.push({ actor, after, known: told, isConfirmed: false, isDoubtful: false });
  }

  /** Says that everything that the thread has done so far has reached the collector. */
  confirm(actor: number): void {
    for (const entry of [...this.#recorded, ...this.#erased]) {
      if (entry.actor === actor && !entry.isDoubtful) entry.isConfirmed = true;
    }
  }

  /** Says that the thread was ended from outside. */
  doubt(actor: number): void {
    for (const entry of [...this.#recorded, ...this.#erased]) {
      if (entry.actor === actor && !entry.isConfirmed) entry.isDoubtful = true;
    }
  }

  /** Returns what may be shown in the middle of everything. */
  now(): Bounds {
    const high = this.#settled + sum(this.#recorded);
    // Until all threads have heard of an erasure, each sees it sooner or later.
    if (this.#erased.length > 0) return { low: 0, high };
    const confirmed = this.#recorded.filter(({ isConfirmed }) => isConfirmed);
    return { low: Math.max(this.#shown, this.#settled + sum(confirmed)), high };
  }

  /** Says that all threads have handed over what they have, and heard of what others have erased. */
  quiet(): Bounds {
    const all = { low: 0, high: this.#settled + sum(this.#recorded) };
    const last = this.#erased.at(-1);
    const sure = ({ isDoubtful }: Recorded) => !isDoubtful;
    if (!last) {
      const low = this.#settled + sum(this.#recorded.filter(sure));
      return { ...all, low: Math.max(this.#shown, low) };
    }
    if (this.#erased.some(({ isDoubtful }) => isDoubtful)) return all;
    const since = this.#recorded.slice(last.after);
    // What others have recorded before they heard of it is erased, too.
    const isSole = this.#erased.every(({ actor }) => actor === last.actor);
    const certain = since.filter((entry) => isSole && entry.actor === last.actor && sure(entry));
    const isErased = ({ actor }: Recorded, i: number) =>
      this.#erased.some(({ after, known }) => i < after && known.has(actor));
    const left = this.#recorded.filter((entry, i) => !isErased(entry, i));
    return { low: sum(certain), high: sum(left) };
  }

  wasShown(value: number): void {
    this.#shown = value;
  }

  settle(value: number): void {
    this.#settled = value;
    this.#shown = value;
    this.#recorded = [];
    this.#erased = [];
  }
}

function sum(recorded: readonly Recorded[]): number {
  return recorded.reduce((all, { amount }) => all + amount, 0);
}
