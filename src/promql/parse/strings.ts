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
    const escapes: string[] = bytes.slice(1).split('\\');
    return decoded(escapes.map((one) => Number(one[0] === 'x' ? `0${one}` : `0o${one}`)));
  });
}

/** The smallest characters that need 1, 2, 3 and 4 bytes. */
const SMALLEST = [0, 0x80, 0x800, 0x10000];

function decoded(bytes: readonly number[]): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at]!;
    const more = lead < 0xc0 || lead > 0xf7 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    let code = more === 0 ? lead : lead & (0x3f >> more);
    let isSound = lead < 0x80 || more > 0;
    for (const next of bytes.slice(at + 1, at + 1 + more)) {
      isSound &&= next >> 6 === 2;
      code = code * 64 + (next & 0x3f);
    }
    const isSurrogate = code >= 0xd800 && code <= 0xdfff;
    isSound &&= at + more < bytes.length && code >= SMALLEST[more]! && code <= 0x10ffff;
    const isChar = isSound && !isSurrogate;
    text += isChar ? String.fromCodePoint(code) : String.fromCharCode(0xdc00 + lead);
    at += isChar ? 1 + more : 1;
  }
  return text;
}
