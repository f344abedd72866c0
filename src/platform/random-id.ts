/** Returns an id that is unique without coordination. */
export function randomId(): string {
  // Browsers offer `randomUUID` in secure contexts only.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Returns a function that returns one random id, which is made when it is first asked for: workerd makes no random
 * numbers while modules are loaded, and there an application makes its exporters.
 */
export function idOnUse(): () => string {
  let id: string | undefined;
  return () => {
    id ??= randomId();
    return id;
  };
}
