import { MessageWriter } from '../../bytes/message-writer.ts';
import { joinPieces } from '../../bytes/pieces.ts';
import { jsonText } from '../../platform/realm.ts';
import type { Encoding } from '../format.ts';
import { openLong } from './protobuf-request.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A request, uncompressed. */
export interface OtlpRequest {
  readonly bytes: Bytes;
  readonly encoding: Encoding;
}

/**
 * The fields that lead to what a request has many of. In metrics these are the points of gauges, sums and so on; in
 * logs and traces they are the records and spans, one level up.
 */
const FIELDS = [[1], [2], [2], [5, 7, 9, 10, 11], [1]];
const NAMES = [
  ['resourceMetrics', 'resourceLogs', 'resourceSpans'],
  ['scopeMetrics', 'scopeLogs', 'scopeSpans'],
  ['metrics', 'logRecords', 'spans'],
  ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'],
  ['dataPoints'],
];
const DEPTH = { metrics: 4, logs: 2, traces: 2 } as const;

/**
 * Splits a request in two, each with half of the points or records: a server may refuse all because of one of them, or
 * because they are too many.
 * @returns `undefined` if there are fewer than two
 * @throws Error if it is no request
 */
export function splitRequest(
  { bytes, encoding }: OtlpRequest,
  of: keyof typeof DEPTH,
): [Bytes, Bytes] | undefined {
  const last = DEPTH[of];
  const part = encoding === 'json' ? jsonPart(bytes, last) : protobufPart(bytes, last);
  let count = 0;
  part(() => count++ < 0);
  if (count < 2) return undefined;
  const half = Math.ceil(count / 2);
  let [one, other] = [0, 0];
  return [part(() => one++ < half), part(() => other++ >= half)];
}

/** Says of each point, in order, whether it is wanted. */
type IsWanted = () => boolean;

/** Returns a function that gives the request with some of its points. */
function protobufPart(whole: Bytes, last: number): (isWanted: IsWanted) => Bytes {
  return (isWanted) => {
    const pieces: Uint8Array[] = [];
    filterMessage(whole, 0, last, isWanted, pieces);
    return joinPieces(pieces);
  };
}

/**
 * Adds the pieces of a message whose points are wanted.
 * @returns how many bytes they have; 0 if it has no such points
 */
function filterMessage(
  bytes: Uint8Array,
  level: number,
  last: number,
  isWanted: IsWanted,
  to: Uint8Array[],
): number {
  const first = to.length;
  let length = 0;
  let has = false;
  const add = (piece: Uint8Array) => {
    to.push(piece);
    length += piece.length;
  };
  for (const { field, whole, content } of fieldsIn(bytes)) {
    if (!content || !FIELDS[level]!.includes(field)) add(whole);
    else if (level === last) {
      if (!isWanted()) continue;
      add(whole);
      has = true;
    } else {
      const inner: Uint8Array[] = [];
      const size = filterMessage(content, level + 1, last, isWanted, inner);
      if (size === 0) continue;
      const head = new MessageWriter(16);
      openLong(field, size, head);
      add(head.bytes);
      for (const piece of inner) add(piece);
      has = true;
    }
  }
  if (has) return length;
  to.length = first;
  return 0;
}

/** How fields are encoded: https://protobuf.dev/programming-guides/encoding/#structure */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
/** How many bytes the content of some takes. */
const SIZES: Readonly<Record<number, number>> = { [FIXED64]: 8, [FIXED32]: 4 };

interface Field {
  readonly field: number;
  /** The field with its tag. */
  readonly whole: Uint8Array;
  /** What it contains, if it has its length before it. */
  readonly content?: Uint8Array | undefined;
}

/** @throws RangeError if the bytes are no message */
function* fieldsIn(bytes: Uint8Array): Generator<Field, void> {
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || factor > 2 ** 63) throw new RangeError('a message without end');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const start = at;
    const tag = number();
    const type = tag % 8;
    const length = SIZES[type] ?? number();
    const size = type === VARINT ? 0 : length;
    const from = at;
    at += size;
    if (at > bytes.length) throw new RangeError('a message without end');
    const content = type === LENGTH ? bytes.subarray(from, at) : undefined;
    yield { field: Math.floor(tag / 8), whole: bytes.subarray(start, at), content };
  }
}

function jsonPart(bytes: Bytes, last: number): (isWanted: IsWanted) => Bytes {
  // As a number it would lose its sign when it is written. A text may stand for any number:
  // https://protobuf.dev/programming-guides/json/
  const signed = (_: string, value: unknown) => (Object.is(value, -0) ? '-0.0' : value);
  const request: unknown = JSON.parse(new TextDecoder().decode(bytes), signed);
  return (isWanted) =>
    new TextEncoder().encode(jsonText(filterObject(request, 0, last, isWanted) ?? {}));
}

/** Returns the object with those points that are wanted; `undefined` if it has none. */
function filterObject(
  value: unknown,
  level: number,
  last: number,
  isWanted: IsWanted,
): object | undefined {
  let has = false;
  const part = (one: unknown) =>
    level === last ? (isWanted() ? one : undefined) : filterObject(one, level + 1, last, isWanted);
  const fields = Object.entries(value as object).map(([name, content]) => {
    if (!NAMES[level]!.includes(name)) return [name, content];
    const found = [content]
      .flat()
      .map(part)
      .filter((one) => one !== undefined);
    has ||= found.length > 0;
    return [name, Array.isArray(content) ? found : found[0]];
  });
  return has ? Object.fromEntries(fields) : undefined;
}
