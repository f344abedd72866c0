/** Where in an expression something is wrong. */

export interface Problem {
  readonly message: string;
  /** Where it begins and ends, in the text. Absent if it concerns no place. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/** Reads a rejection of the collector. It may tell of several problems, or be of any kind: the worker can have failed. */
export function problemsOf(error: unknown, text: string): readonly Problem[] {
  const { errors = [] } = error as { errors?: readonly Problem[] };
  if (errors.length === 0) return [problemOf(error, text)];
  return errors.map(({ message, start, end }) => ({ message, start, end }));
}

function problemOf(error: unknown, text: string): Problem {
  const {
    message = String(error),
    position,
    span,
  } = error as {
    message?: string;
    position?: { line: number; column: number };
    span?: { start: number; end: number };
  };
  if (span) return { message, start: span.start, end: span.end };
  if (!position) return { message };
  const start = offsetOf(text, position.line, position.column);
  return { message, start, end: wordEnd(text, start) };
}

/** Returns the place in the text. Lines and columns count from 1, the columns in bytes of UTF-8. */
export function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split('\n');
  let offset = 0;
  for (let i = 0; i < Math.min(line - 1, lines.length - 1); i += 1) offset += lines[i].length + 1;
  const encoded = new TextEncoder().encode(lines[Math.min(line, lines.length) - 1] ?? '');
  return offset + new TextDecoder().decode(encoded.subarray(0, column - 1)).length;
}

/** Marks a word or a sign. At the end of the text there is nothing but the last character. */
function wordEnd(text: string, start: number): number {
  return start + Math.max(1, /^[\w:]*/.exec(text.slice(start))![0].length);
}
