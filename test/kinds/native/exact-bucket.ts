/** Finds native buckets by whole numbers of any size: slow, and exact by definition. */

/** Returns `mantissa` and `exponent` such that the number is `mantissa * 2 ** exponent`. */
function partsOf(value: number): [mantissa: bigint, exponent: number] {
  const bits = new BigUint64Array(Float64Array.of(value).buffer)[0]!;
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  return exponent === 0 ? [fraction, -1074] : [fraction | (1n << 52n), exponent - 1075];
}

/** Whether `value <= 2 ** (bucket / 2 ** schema)`, for a schema of 0 or more. */
function isWithin(value: number, bucket: number, schema: number): boolean {
  const [mantissa, exponent] = partsOf(value);
  // Both sides to the power of `2 ** schema`: mantissa ** p * 2 ** (exponent * p) <= 2 ** bucket.
  const power = 1 << schema;
  const left = mantissa ** BigInt(power);
  const shift = BigInt(bucket - exponent * power);
  return shift >= 0n && left <= 1n << shift;
}

/** Returns the number of the bucket that holds a number above 0. */
export function exactBucket(value: number, schema: number): number {
  const fine = Math.max(schema, 0);
  // The logarithm only says where to begin.
  let bucket = Math.round(Math.log2(value) * 2 ** fine);
  while (isWithin(value, bucket - 1, fine)) bucket--;
  while (!isWithin(value, bucket, fine)) bucket++;
  // There is no negative zero.
  return Math.ceil(bucket / 2 ** (fine - schema)) + 0;
}
