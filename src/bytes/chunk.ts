/** A chunk has room for numbers that get longer: one byte for every so many that it needs. */
const SLACK = 16;

/** Lines or messages as bytes, which are remembered from one rendering to the next. */
export interface Chunk<Format> {
  /** Nobody may change them. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether it can be updated with that format. Absent if it always can. */
  fits?(format: Format): boolean;
  /**
   * Writes other numbers into the same lines or messages.
   * @param inPlace whether nobody reads the present bytes any more
   */
  update(numbers: Float64Array, format: Format, inPlace: boolean): void;
}

/** @param first the number of the first line or message of the chunk */
export type MakeChunk<Format> = (
  numbers: Float64Array,
  format: Format,
  first: number,
) => Chunk<Format>;

/** Returns a copy of the bytes, in memory with a little room after them. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = bytes;
  const copy = new Uint8Array(new ArrayBuffer(length + Math.ceil(length / SLACK)), 0, length);
  copy.set(bytes);
  return copy;
}

/**
 * Returns a copy of bytes that replace others. It is in the memory of those others if it fits.
 * @param inPlace whether nobody reads the others any more
 */
export function replacementOf(
  present: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array,
  inPlace: boolean,
): Uint8Array<ArrayBuffer> {
  const { buffer } = present;
  if (!inPlace || bytes.length > buffer.byteLength) return copyOf(bytes);
  const copy = new Uint8Array(buffer, 0, bytes.length);
  copy.set(bytes);
  return copy;
}
