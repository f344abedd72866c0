/** Returns an id that is unique without coordination. */
export function randomId(): string {
  // Browsers offer `randomUUID` in secure contexts only.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
