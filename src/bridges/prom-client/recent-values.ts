/** How many different values are kept as they are. */
const MAX_EXACT = 1000;
/** How many different values there may be before they are rounded more. */
const MAX_ROUNDED = 4000;
/** How far apart values are that are rounded: by one part in so many. */
const FINEST = 256;

/** Counts values. If there are many different ones, it rounds them, by 0.2 % at first and more where it must. */
class Counted {
  counts = new Map<number, number>();
  /** By one part in how many values are rounded; 0 if they are not. */
  parts = 0;

  add(given: number, count = 1): void {
    const value = this.parts === 0 ? given : rounded(given, this.parts);
    const before = this.counts.get(value);
    this.counts.set(value, (before ?? 0) + count);
    if (before === undefined && this.counts.size > (this.parts ? MAX_ROUNDED : MAX_EXACT)) {
      this.#roundMore();
    }
  }

  #roundMore(): void {
    this.parts = this.parts === 0 ? FINEST : this.parts / 2;
    const { counts } = this;
    this.counts = new Map();
    for (const [value, count] of counts) this.add(value, count);
  }
}

/** Rounds to a power of two times a whole number of parts. */
function rounded(value: number, parts: number): number {
  if (value === 0) return 0;
  const unit = 2 ** Math.floor(Math.log2(Math.abs(value))) / parts;
  // Below the smallest normal number there is nothing to divide.
  return unit > 0 ? Math.round(value / unit) * unit : value;
}

/**
 * The values of a sliding window, for quantiles. The window has a number of steps, and with each the oldest values
 * leave it. Its time is that of the application, which tests of the application may have replaced.
 */
export class RecentValues {
  readonly #stepMs: number;
  readonly #steps: number;
  /** The newest step first. */
  #counted: Counted[] = [new Counted()];
  #turned = Date.now();

  /** Without an age or steps, all values count for ever. */
  constructor(maxAgeSeconds: number | undefined, ageBuckets: number | undefined) {
    this.#steps = (maxAgeSeconds && ageBuckets) || 1;
    this.#stepMs = maxAgeSeconds && ageBuckets ? (maxAgeSeconds * 1000) / ageBuckets : Infinity;
  }

  add(value: number): void {
    this.#turn();
    this.#counted[0]!.add(value);
  }

  get isEmpty(): boolean {
    this.#turn();
    return this.#counted.every(({ counts }) => counts.size === 0);
  }

  /** Returns the value at each quantile; 0 if there are no values. Between two values it is interpolated. */
  at(quantiles: readonly number[]): number[] {
    this.#turn();
    const all = new Map<number, number>();
    let total = 0;
    for (const { counts } of this.#counted) {
      for (const [value, count] of counts) {
        all.set(value, (all.get(value) ?? 0) + count);
        total += count;
      }
    }
    const sorted = [...all].sort(([a], [b]) => a - b);
    return quantiles.map((quantile) => valueAt(sorted, quantile * total));
  }

  #turn(): void {
    // To look at the clock takes a third of an observation.
    if (this.#stepMs === Infinity) return;
    const turns = Math.ceil((Date.now() - this.#turned) / this.#stepMs) - 1;
    if (!(turns > 0)) return;
    this.#turned += turns * this.#stepMs;
    for (let i = Math.min(turns, this.#steps); i > 0; i--) this.#counted.unshift(new Counted());
    this.#counted.length = Math.min(this.#counted.length, this.#steps);
  }
}

/** Takes each value to be in the middle of its ranks, and returns what lies at `rank`. */
function valueAt(sorted: readonly (readonly [number, number])[], rank: number): number {
  let before = 0;
  let lower: readonly [value: number, middle: number] | undefined;
  for (const [value, count] of sorted) {
    const middle = before + count / 2;
    if (middle >= rank) {
      if (!lower || middle === rank) return value;
      return lower[0] + ((rank - lower[1]) * (value - lower[0])) / (middle - lower[1]);
    }
    lower = [value, middle];
    before += count;
  }
  return lower?.[0] ?? 0;
}
