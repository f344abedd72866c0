/** What is wrong with a template, in Go's words. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  /** The line in the template, from 1. Absent if the template is sound and its evaluation failed. */
  readonly line?: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

/** Returns a character as Go's `%#U` shows it: `U+0024 '$'`. */
export function unicodeName(char: string | undefined): string {
  // Go reads the end of a text as the code point -1.
  if (char === undefined) return 'U+FFFFFFFFFFFFFFFF';
  const code = char.codePointAt(0)!;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(char) ? `${name} '${char}'` : name;
}
