import type { RemoteWriteBody } from './body.ts';
import { renumbered } from './renumbering.ts';

/**
 * Splits a body in two, each with half of the series: a server may refuse a body whole because of one of them, or
 * because it is too large. Nothing is encoded anew but the numbers of texts: each half has the texts that it needs.
 * @throws RangeError if there are fewer than two series
 */
export function splitBody(body: RemoteWriteBody): [RemoteWriteBody, RemoteWriteBody] {
  const count = body.ends.length;
  if (count < 2) throw new RangeError(`a body of ${count} series cannot be split`);
  const half = Math.ceil(count / 2);
  return [partOf(body, 0, half), partOf(body, half, count)];
}

/** Returns the body as bodies that are no larger than that, but for those of one series. */
export function* smallerBodies(
  body: RemoteWriteBody,
  isSmall: (body: RemoteWriteBody) => boolean,
): Generator<RemoteWriteBody, void, undefined> {
  if (body.ends.length < 2 || isSmall(body)) {
    yield body;
    return;
  }
  for (const half of splitBody(body)) yield* smallerBodies(half, isSmall);
}

/** Returns a body of some of the series. */
function partOf({ version, bytes, start, ends }: RemoteWriteBody, from: number, to: number) {
  const first = from === 0 ? start : ends[from - 1]!;
  const part: RemoteWriteBody = {
    version,
    bytes: bytes.subarray(first, ends[to - 1]!),
    start: 0,
    ends: ends.slice(from, to).map((end) => end - first),
  };
  return version === '2.0' ? renumbered(part, bytes.subarray(0, start)) : part;
}
