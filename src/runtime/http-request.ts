/**
 * Whether a request may see the metrics. Compares in time that depends on the lengths only, so
 * that a token cannot be guessed byte by byte.
 */
export function authorized(token: string | undefined, header: string | null | undefined): boolean {
  if (token === undefined) return true;
  const expected = `Bearer ${token}`;
  const given = header ?? '';
  let difference = expected.length ^ given.length;
  for (let i = 0; i < given.length; i++) {
    difference |= given.charCodeAt(i) ^ expected.charCodeAt(i % expected.length);
  }
  return difference === 0;
}

/** Whether an `Accept-Encoding` header allows gzip (RFC 9110, section 12.5.3). */
export function acceptsGzip(header: string | null | undefined): boolean {
  return (header ?? '').split(',').some((part) => {
    const [coding, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    return coding === 'gzip' && !parameters.some((text) => /^q=0(\.0*)?$/.test(text));
  });
}
