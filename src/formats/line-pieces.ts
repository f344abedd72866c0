import type { RenderedPieces } from '../bytes/renderings.ts';

/** How many lines are written before the thread may do something else. */
const STEP = 64;

/** Writes lines as UTF-8, in parts. Nothing is remembered from one time to the next. */
export function* linePieces(lines: Iterable<string>): Generator<void, RenderedPieces> {
  const encoder = new TextEncoder();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let some = '';
  let count = 0;
  for (const line of lines) {
    some += `${line}\n`;
    if (++count % STEP !== 0) continue;
    pieces.push(encoder.encode(some));
    some = '';
    yield;
  }
  if (some !== '') pieces.push(encoder.encode(some));
  return { pieces, done() {} };
}
