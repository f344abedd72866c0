/** Returns bytes in base64. */
export function base64(bytes: Uint8Array): string {
  // One call with all bytes as arguments would fail if they are many.
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
