import { gzipPieces } from '../../../bytes/gzip.ts';
import { joinPieces } from '../../../bytes/pieces.ts';
import { throwIfAborted } from '../../../platform/abort.ts';
import { monotonic, nextTurn } from '../../../platform/timers.ts';
import { Refused } from '../refused.ts';
import type { Answer } from '../served.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Parts of an answer that lie deeper than this are written in one go. A series is such a part. */
const DEPTH = 3;
/** So many characters are gathered before they become bytes. */
const CHUNK = 65_536;
/** Seconds after which the thread may do something else. */
const SLICE = 0.005;
/** The most bytes of an answer. */
const MOST = 2 ** 28;

/**
 * Writes an answer as Prometheus does.
 * @throws Refused if it is too large
 */
export function answerJson(
  { data, warnings = [], infos = [] }: Answer,
  signal: AbortSignal,
): Promise<Bytes> {
  const whole = {
    status: 'success',
    data,
    warnings: warnings.length > 0 ? warnings : undefined,
    infos: infos.length > 0 ? infos : undefined,
  };
  return jsonOf(whole, signal);
}

/**
 * Writes a value as JSON, little by little.
 * @throws Refused if it is too large
 */
export async function jsonOf(value: unknown, signal: AbortSignal): Promise<Bytes> {
  const pieces: Bytes[] = [];
  let length = 0;
  let text = '';
  const encoder = new TextEncoder();
  const end = () => {
    const piece = encoder.encode(text);
    length += piece.length;
    if (length > MOST) {
      throw new Refused('execution', `the answer would have more than ${MOST} bytes`);
    }
    pieces.push(piece);
    text = '';
  };
  let began = monotonic();
  for (const part of partsOf(value, DEPTH)) {
    text += part;
    if (text.length < CHUNK) continue;
    end();
    if (monotonic() - began < SLICE) continue;
    await nextTurn();
    throwIfAborted(signal);
    began = monotonic();
  }
  end();
  return joinPieces(pieces);
}

function* partsOf(value: unknown, depth: number): Generator<string> {
  if (depth === 0 || typeof value !== 'object' || value === null) {
    yield JSON.stringify(value);
    return;
  }
  const isList = Array.isArray(value);
  const entries: Iterable<readonly [unknown, unknown]> = isList
    ? value.entries()
    : Object.entries(value);
  let before = isList ? '[' : '{';
  for (const [key, item] of entries) {
    if (item === undefined) continue;
    yield isList ? before : `${before}${JSON.stringify(key)}:`;
    yield* partsOf(item, depth - 1);
    before = ',';
  }
  if (before !== ',') yield before;
  yield isList ? ']' : '}';
}

/** Below so many bytes an answer does not get smaller. */
const WORTH_IT = 1024;

/** Compresses an answer. Returns `undefined` if that is not worth it, or not possible here. */
export async function gzipped(body: Bytes): Promise<Bytes | undefined> {
  if (body.length < WORTH_IT || typeof CompressionStream !== 'function') return undefined;
  return gzipPieces([body]);
}
