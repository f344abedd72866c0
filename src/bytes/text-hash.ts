/** FNV-1a, a hash of 32 bits. It spreads keys and marks what was cut, and is no protection against anybody. */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
