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
const ESCAPE =
  /\\(?:([abfnrtv\\'"])|u([\da-fA-F]{4})|U([\da-fA-F]{8}))|((?:\\x[\da-fA-F]{2}|\\[0-7]{3})+)/g;

/**
 * Returns the text of a string token, which the lexer has found sound. `\xff` and `\377` are bytes. Those that
 * are no UTF-8 become lone surrogates from U+DC80 to U+DCFF: so they differ from all that can be written.
 */
export function unquoted(token: string): string {
  const text = token.slice(1, -1);
  if (token[0] === '`' || !text.includes('\\')) return text;
  return text.replace(ESCAPE, (_, letter, short, long, bytes) => {
    if (letter !== undefined) return ESCAPES[letter] ?? letter;
    if (bytes === undefined) return String.fromCodePoint(Number.parseInt(short ?? long, 16));
    return decoded(
      bytes
        .slice(1)
        .split('\\')
        .map((one: string) =>
          one[0] === 'x' ? Number.parseInt(one.slice(1), 16) : Number.parseInt(one, 8),
        ),
    );
  });
}

function decoded(bytes: readonly number[]): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    // The first that can be decoded is one character.
    let char: string | undefined;
    let length = 0;
    while (char === undefined && length < 4) {
      length++;
      try {
        char = decoder.decode(Uint8Array.from(bytes.slice(at, at + length)));
      } catch {}
    }
    if (char === undefined) length = 1;
    text += char ?? String.fromCharCode(0xdc00 + bytes[at]!);
    at += length;
  }
  return text;
}
