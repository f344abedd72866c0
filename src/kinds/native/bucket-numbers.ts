import { MAX_SCHEMA, MIN_SCHEMA } from './layout.ts';

const scratch = new Float64Array(1);
// Every engine runs on little-endian machines, where the upper half of a double comes second.
const halves = new Int32Array(scratch.buffer);
const LOWER = 0;
const UPPER = 1;
/** The bits of a fraction that are in the upper half. */
const FRACTION_MASK = 0xfffff;
const BIAS = 1023;
/** How many bits of a fraction are the index into the tables. No two bounds begin with the same. */
const SLOT_BITS = 9;
const SLOT_SHIFT = 20 - SLOT_BITS;
/** Subnormal numbers times this are normal. */
const TWO_52 = 2 ** 52;
/** Fixed-point numbers have so many bits behind the point. */
const PRECISION = 128n;

/**
 * Finds the number of the native bucket of a value: the exponent gives most of it, and a table of the bounds
 * from 1 up to 2 the rest. A logarithm would put values beside a bound into the wrong bucket.
 */
export class BucketNumbers {
  readonly schema: number;
  /** The bounds from 1 to 2, each rounded down: a number is above a bound if it is above this. */
  readonly #bounds: Float64Array;
  // For the first bits of a fraction: how many bounds are below every number that begins so, and the fraction of
  // the bound that begins so, in two halves. Fractions are compared as whole numbers, since to put one together
  // again and to read it as a double would take as long as all the rest.
  readonly #below = new Int32Array(1 << SLOT_BITS);
  readonly #upper = new Int32Array(1 << SLOT_BITS).fill(FRACTION_MASK + 1);
  readonly #lower = new Float64Array(1 << SLOT_BITS);

  constructor(schema: number) {
    this.schema = schema;
    this.#bounds = boundsOf(schema);
    const bits = new Uint32Array(this.#bounds.buffer);
    let below = 0;
    for (let slot = 0; slot < this.#below.length; slot++) {
      while (this.#bounds[below]! < 1 + slot / this.#below.length) below++;
      this.#below[slot] = below;
      const upper = bits[2 * below + UPPER]! & FRACTION_MASK;
      if (upper >>> SLOT_SHIFT !== slot || this.#bounds[below] === 2) continue;
      this.#upper[slot] = upper;
      this.#lower[slot] = bits[2 * below + LOWER]!;
    }
  }

  /** @param value above 0 and finite */
  find(value: number): number {
    scratch[0] = value;
    let upper = halves[UPPER]!;
    let exponent = (upper >>> 20) - BIAS;
    if (exponent === -BIAS) {
      scratch[0] = value * TWO_52;
      upper = halves[UPPER]!;
      exponent = (upper >>> 20) - BIAS - 52;
    }
    const fraction = upper & FRACTION_MASK;
    const slot = fraction >>> SLOT_SHIFT;
    let below = this.#below[slot]!;
    const bound = this.#upper[slot]!;
    if (fraction >= bound && (fraction > bound || halves[LOWER]! >>> 0 > this.#lower[slot]!))
      below++;
    const { schema } = this;
    // At low schemas there is only the bound of 1, so a number that is no power of two is above one bound.
    return schema > 0 ? (exponent << schema) + below : ((exponent + below - 1) >> -schema) + 1;
  }

  /** Returns the upper bound of a bucket; `Infinity` above the range of numbers. */
  bound(bucket: number): number {
    const { schema } = this;
    if (schema <= 0) return 2 ** (bucket * 2 ** -schema);
    const exponent = bucket >> schema;
    return this.#bounds[bucket - (exponent << schema)]! * 2 ** exponent;
  }
}

const known: BucketNumbers[] = [];

/** Returns the one for a schema. All histograms share it, since its tables take a while to make. */
export function bucketNumbers(schema: number): BucketNumbers {
  known[schema - MIN_SCHEMA] ??= new BucketNumbers(schema);
  return known[schema - MIN_SCHEMA]!;
}

export function isSchema(value: unknown): value is number {
  return (
    Number.isInteger(value) && (value as number) >= MIN_SCHEMA && (value as number) <= MAX_SCHEMA
  );
}

/** Returns `2 ** (k / 2 ** schema)` for all k from 0 to `2 ** schema`, each rounded down. */
function boundsOf(schema: number): Float64Array {
  // `Math.pow` is off by up to a few units in the last place, so the roots are taken of whole numbers.
  let roots = [1n << PRECISION];
  for (let level = 0; level < schema; level++) {
    roots = [...roots, ...roots.map((root) => root << 1n)].map(rootOf);
  }
  const rounded = roots.map((root) => Number(root >> (PRECISION - 52n)) / TWO_52);
  return Float64Array.from([...rounded, 2]);
}

/** Returns the square root of a fixed-point number. */
function rootOf(fixed: bigint): bigint {
  const square = fixed << PRECISION;
  let root = BigInt(Math.sqrt(Number(square)));
  // Newton's method doubles the number of right digits: 53 bits, 106, all.
  for (let step = 0; step < 3; step++) root = (root + square / root) >> 1n;
  return root;
}
