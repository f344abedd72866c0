import type { Position } from './query-error.ts';

/** Returns where an offset of UTF-16 units is in a query; nothing if the query is empty. */
export function positionOf(query: string, offset: number): Position | undefined {
  if (query === '') return undefined;
  const before = query.slice(0, offset);
  const line = before.lastIndexOf('\n') + 1;
  let column = 1;
  for (const char of before.slice(line)) {
    const code = char.codePointAt(0)!;
    column += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return { line: before.split('\n').length, column };
}
