import { Between } from './node.ts';

/** What stands where there is no character. */
export const NOTHING = -1;

/** Returns the conditions that hold between two code points. */
export function conditionsBetween(before: number, after: number): number {
  let all = isWord(before) === isWord(after) ? Between.NoWordBoundary : Between.WordBoundary;
  if (before === NOTHING) all |= Between.TextStart | Between.LineStart;
  if (before === 10) all |= Between.LineStart;
  if (after === NOTHING) all |= Between.TextEnd | Between.LineEnd;
  if (after === 10) all |= Between.LineEnd;
  return all;
}

/** A word is of ASCII characters only. */
function isWord(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f
  );
}
