/**
 * Floats as offsets from the least of them, in five to seven bytes. The bits of a float are taken for a whole number.
 * Floats of similar size differ in the last bits only, such as those of a sum that grows.
 */

/** The bits of one float, the low half first, as all platforms have them that run JavaScript. */
const float = new Float64Array(1);
const halves = new Uint32Array(float.buffer);

/** Returns how many bytes each offset takes, and the base; `undefined` if they would be no shorter than the floats. */
export function offsetsOf(
  data: Float64Array,
  start: number,
  end: number,
): [bytes: 5 | 6 | 7, base: number] | undefined {
  const words = wordsOf(data);
  let least = start;
  let most = start;
  for (let i = start; i < end; i++) {
    if (isBelow(words, i, least)) least = i;
    if (isBelow(words, most, i)) most = i;
  }
  const borrowed = words[2 * most]! < words[2 * least]! ? 1 : 0;
  const high = words[2 * most + 1]! - words[2 * least + 1]! - borrowed;
  const base = data[least]!;
  // The engine may change the bits of NaN.
  if (high >= 2 ** 24 || Number.isNaN(base)) return undefined;
  return [high < 2 ** 8 ? 5 : high < 2 ** 16 ? 6 : 7, base];
}

/** Writes the floats from `start` up to `end` behind each other, from byte `at` on. */
export function writeOffsets(
  data: Float64Array,
  start: number,
  end: number,
  out: DataView,
  at: number,
  bytes: number,
  base: number,
): void {
  const words = wordsOf(data);
  float[0] = base;
  const [baseLow, baseHigh] = [halves[0]!, halves[1]!];
  for (let i = start; i < end; i++) {
    const low = words[2 * i]!;
    const high = words[2 * i + 1]! - baseHigh - (low < baseLow ? 1 : 0);
    out.setUint32(at, low - baseLow, true);
    for (let byte = 4; byte < bytes; byte++) out.setUint8(at + byte, high >>> (8 * (byte - 4)));
    at += bytes;
  }
}

/** Reads so many floats that stand from byte `from` on. */
export function readOffsets(
  data: DataView,
  from: number,
  count: number,
  bytes: number,
  base: number,
  out: Float64Array,
  at: number,
): void {
  float[0] = base;
  const [baseLow, baseHigh] = [halves[0]!, halves[1]!];
  for (let i = 0, byte = from; i < count; i++, byte += bytes) {
    // Whole numbers of 32 bits, which start again at 0.
    const low = (baseLow + data.getUint32(byte, true)) >>> 0;
    // The last four bytes, of which those count that are not of the low half.
    const high = data.getUint32(byte + bytes - 4, true) >>> (64 - 8 * bytes);
    halves[0] = low;
    halves[1] = (baseHigh + high + (low < baseLow ? 1 : 0)) >>> 0;
    out[at++] = float[0]!;
  }
}

const wordsOf = ({ buffer, byteOffset, length }: Float64Array) =>
  new Uint32Array(buffer, byteOffset, 2 * length);

/** Whether the bits of one float are a smaller number than those of another. */
function isBelow(words: Uint32Array, one: number, other: number): boolean {
  const [high, otherHigh] = [words[2 * one + 1]!, words[2 * other + 1]!];
  return high < otherHigh || (high === otherHigh && words[2 * one]! < words[2 * other]!);
}
