const SHORT = '\x07a\bb\ff\nn\rr\tt\vv\\\\""';

/** Returns a text in double quotes, as Go and Prometheus write it. */
export function quoted(text: string): string {
  // Most texts need no escape.
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  let result = '"';
  for (const char of text) {
    const short = SHORT.indexOf(char);
    result += short >= 0 && short % 2 === 0 ? `\\${SHORT[short + 1]}` : shown(char);
  }
  return `${result}"`;
}

/** Returns a character in single quotes, as Go writes it. The end of a text, which is none, is `'�'`. */
export function quotedChar(char: string | undefined): string {
  if (char === undefined) return "'\ufffd'";
  if (char === "'") return "'\\''";
  if (char === '"') return `'"'`;
  return `'${quoted(char).slice(1, -1)}'`;
}

/** Whether Go prints a character as it is. */
export const isPrintable = (char: string): boolean => /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char);

function shown(char: string): string {
  if (isPrintable(char)) return char;
  const code = char.codePointAt(0)!;
  // A byte that is no UTF-8, as the parser puts it into a string.
  if (code > 0xdc7f && code < 0xdd00) return `\\x${(code - 0xdc00).toString(16)}`;
  if (code >= 0xd800 && code <= 0xdfff) return '\\ufffd';
  const [letter, digits] = code < 0x80 ? ['x', 2] : code < 0x10000 ? ['u', 4] : ['U', 8];
  return `\\${letter}${code.toString(16).padStart(digits as number, '0')}`;
}
