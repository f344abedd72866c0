/** What letters behind a backslash stand for. */
const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const ESCAPE = /\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}|.)/g;

/**
 * Returns the text of a string token, which the lexer has found sound. `\xff` and `\377` are bytes: bytes that are
 * no UTF-8 become U+FFFD, since JavaScript's strings cannot hold them.
 */
export function unquoted(token: string): string {
  const text = token.slice(1, -1);
  if (token[0] === '`' || !text.includes('\\')) return text;
  let hasBytes = false;
  const result = text.replace(ESCAPE, (_, escaped: string) => {
    const [first] = escaped;
    if (escaped.length === 1) return ESCAPES[escaped] ?? escaped;
    if (first === 'u' || first === 'U') {
      return String.fromCodePoint(Number.parseInt(escaped.slice(1), 16));
    }
    const byte =
      first === 'x' ? Number.parseInt(escaped.slice(1), 16) : Number.parseInt(escaped, 8);
    if (byte >= 0x80) hasBytes = true;
    return byte < 0x80 ? String.fromCharCode(byte) : `\ud800${String.fromCharCode(byte)}`;
  });
  return hasBytes ? decoded(result) : result;
}

/** Puts bytes, each marked by a lone surrogate, between the bytes of the text around them, and reads all again. */
function decoded(text: string): string {
  const parts = text.split(/\ud800([\x80-\xff])/);
  const encoder = new TextEncoder();
  const bytes = parts.flatMap((part, i) =>
    i % 2 === 1 ? [part.charCodeAt(0)] : [...encoder.encode(part)],
  );
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}
