const scratch = new Float64Array(1);
// Every engine runs on little-endian machines, where the upper half of a double comes second.
const halves = new Int32Array(scratch.buffer);
const LOWER = 0;
const UPPER = 1;
/** After this shift 4 bits behind the exponent are left: 16 slots for each power of two. */
const SHIFT = 16;
/** Enough for 256 powers of two. If bounds lie further apart, the rest are searched one by one. */
const MAX_SLOTS = 4096;

/**
 * Finds the bucket of a value. The exponent of a positive double and the first bits behind it, read as an
 * integer, are an index into a table that says where to begin; then more than one comparison is seldom left.
 * If values differ, this takes half the time of comparing with every bound, since there the processor cannot
 * guess which comparison will be the last (`npm run bench -- hot-path`).
 */
export class Buckets {
  /** Upper bounds; the last is `+Inf`. */
  readonly #bounds: Float64Array;
  readonly #first: number;
  /** For each slot: how many bounds are less than the least value in it. */
  readonly #table: Uint16Array;

  constructor(bounds: readonly number[]) {
    this.#bounds = Float64Array.from([...bounds, Infinity]);
    const least = bounds.find((bound) => bound > 0) ?? 1;
    const greatest = Math.max(least, bounds[bounds.length - 1]!);
    this.#first = slotOf(least);
    this.#table = new Uint16Array(Math.min(slotOf(greatest) - this.#first + 2, MAX_SLOTS));
    let below = 0;
    for (let slot = 0; slot < this.#table.length; slot++) {
      halves[LOWER] = 0;
      halves[UPPER] = (this.#first + slot) << SHIFT;
      while (this.#bounds[below]! < scratch[0]!) below++;
      this.#table[slot] = below;
    }
  }

  /** How many buckets there are. */
  get count(): number {
    return this.#bounds.length;
  }

  /** Returns the first bucket whose bound is not below `value`, which must not be NaN. */
  find(value: number): number {
    const table = this.#table;
    const slot = slotOf(value) - this.#first;
    let bucket = 0;
    if (slot >= 0) bucket = table[slot < table.length ? slot : table.length - 1]!;
    const bounds = this.#bounds;
    while (value > bounds[bucket]!) bucket++;
    return bucket;
  }
}

/** The one made last. Most histograms have the same bounds, and cold code takes a while to make a table. */
let latest: Buckets;
let latestBounds = '';

export function bucketsOf(bounds: readonly number[]): Buckets {
  const text = bounds.join();
  if (text !== latestBounds) {
    latestBounds = text;
    latest = new Buckets(bounds);
  }
  return latest;
}

function slotOf(value: number): number {
  scratch[0] = value;
  return halves[UPPER]! >> SHIFT;
}
