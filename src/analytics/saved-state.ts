/** The state of a detector as bytes, and back. The bytes may come from anywhere. */

/** Tells the bytes, the form of the state and the order of bytes of this machine from others. */
const FORM = 0x7564_0004;
const HEAD = 2;

/** Returns the bytes: the form, a checksum and the numbers. */
export function bytesOf(state: Float64Array): Uint8Array {
  const words = new Uint32Array(HEAD + 2 * state.length);
  words.set(new Uint32Array(state.buffer, state.byteOffset, 2 * state.length), HEAD);
  words[0] = FORM;
  words[1] = checksum(words);
  return new Uint8Array(words.buffer);
}

/**
 * Returns the state that the bytes hold, or undefined if they hold none of this size.
 * @param mayBeNaN whether the number at a place may be NaN; none may be infinite
 */
export function stateIn(
  bytes: unknown,
  size: number,
  mayBeNaN: (place: number) => boolean,
): Float64Array | undefined {
  if (!(bytes instanceof Uint8Array) || bytes.length !== 4 * HEAD + 8 * size) return undefined;
  const words = new Uint32Array(Uint8Array.from(bytes).buffer);
  if (words[0] !== FORM || words[1] !== checksum(words)) return undefined;
  const state = new Float64Array(words.slice(HEAD).buffer);
  const isSound = state.every(
    (one, i) => Number.isFinite(one) || (Number.isNaN(one) && mayBeNaN(i)),
  );
  return isSound ? state : undefined;
}

/** FNV-1a of all words after the head. */
function checksum(words: Uint32Array): number {
  let hash = 0x811c9dc5;
  for (let i = HEAD; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  return hash >>> 0;
}
