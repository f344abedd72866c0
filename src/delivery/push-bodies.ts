import { canGzip, fromGzip, gzipPieces } from '../bytes/gzip.ts';
import { joinPieces } from '../bytes/pieces.ts';
import { fromSnappy, snappy } from '../bytes/snappy.ts';
import type { CompactBodies } from '../formats/compact/compact.ts';
import type { Format, FormatWriter } from '../formats/format.ts';
import { type OtlpRequest, splitRequest } from '../formats/otlp/split-request.ts';
import type { RemoteWriteBody } from '../formats/remote-write/body.ts';
import { splitBody } from '../formats/remote-write/split-body.ts';
import { isListOf } from '../model.ts';
import { isWhole } from '../options.ts';
import { nextTurn } from '../platform/timers.ts';
import type { PushPlan } from '../protocol/requests.ts';
import type { QueuedBody } from './queue.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Compression = PushPlan['compression'];
type Written = ReturnType<FormatWriter['write']> extends Generator<void, infer R> ? R : never;

/** Formats that are pushed. */
export type PushFormats = readonly Format[];

/** What is smaller is hardly made smaller still. Bytes. */
const LEAST_COMPRESSED = 512;

/**
 * Returns what was written as bodies of requests. They are compressed now: so they take little memory while they
 * wait, and what was written may be overwritten.
 * @param series how many series were written
 * @param otlp what was written, if it is a request of OTLP
 * @param plain a body of so many bytes at most is not compressed with gzip, since that takes time
 */
export async function bodiesOf(
  written: Pick<Written, 'pieces'>,
  compression: Compression,
  series: number,
  otlp: Pick<AboutRequest, 'of' | 'encoding'>,
  plain = 0,
): Promise<QueuedBody[]> {
  const { bodies } = written as { readonly bodies?: readonly RemoteWriteBody[] };
  if (bodies) {
    const done: QueuedBody[] = [];
    for (const body of bodies) {
      done.push(await compressedBody(body));
      // The collector has other work, which must not wait for all of them.
      await nextTurn();
    }
    return done;
  }
  const { pieces, parts } = written as Written & Partial<CompactBodies>;
  const gzips = (length: number) =>
    compression === 'gzip' && length > plain && canGzip() ? 'gzip' : 'none';
  if (parts) {
    const done: QueuedBody[] = [];
    for (const { bytes, count } of parts) {
      const own = bytes.length > LEAST_COMPRESSED ? gzips(bytes.length) : 'none';
      const about = { of: 'compact', encoding: 'protobuf', compression: own } as const;
      done.push(otlpBody(await compressed(bytes, own), about, count));
    }
    return done;
  }
  // There may be nothing to say. Then no request should be made.
  if (pieces.length === 0) return [];
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const own = gzips(length);
  const bytes = own === 'gzip' ? await gzipPieces(pieces) : joinPieces(pieces);
  return [otlpBody(bytes, { ...otlp, compression: own }, series)];
}

/** What is known of a request of OTLP besides its bytes. */
interface AboutRequest extends Pick<OtlpRequest, 'encoding'> {
  /** The bodies of the compact form are small, and are not divided. */
  readonly of: 'metrics' | 'logs' | 'traces' | 'compact';
  readonly compression: Compression;
}

/** A request of OTLP, as it is sent. */
interface OtlpBody extends QueuedBody {
  readonly request: AboutRequest;
}

/** Returns how a body is compressed, whatever the plan says. */
export const compressionOf = (body: QueuedBody, planned: Compression): Compression =>
  isOtlpBody(body) ? body.request.compression : planned;

const isOtlpBody = (body: QueuedBody): body is OtlpBody => 'request' in body;

function otlpBody(bytes: Bytes, request: AboutRequest, series: number): OtlpBody {
  const { of, encoding, compression } = request;
  return {
    ...{ bytes, series, request },
    async split() {
      if (of === 'compact') return undefined;
      const plain = compression === 'gzip' ? await fromGzip(bytes) : bytes;
      const halves = splitRequest({ bytes: plain, encoding }, of);
      if (!halves) return undefined;
      const half = async (part: Bytes, share: number) =>
        otlpBody(await compressed(part, compression), request, share);
      // There may be several points of a series, so this is not exact.
      const first = Math.ceil(series / 2);
      return [await half(halves[0], first), await half(halves[1], Math.max(1, series - first))];
    },
  };
}

/** A body of remote write, as it is sent. */
export interface CompressedBody extends QueuedBody, Pick<RemoteWriteBody, 'version' | 'start'> {
  readonly ends: ArrayLike<number>;
}

/** Whether it is a body of remote write. */
export const isCompressedBody = (body: QueuedBody): body is CompressedBody => 'ends' in body;

const compressedBody = async ({ bytes, ...about }: RemoteWriteBody): Promise<CompressedBody> =>
  divisible(await snappy(bytes), about);

/** Returns what is to be kept of a body besides its bytes. */
export function aboutBody(body: QueuedBody): unknown {
  if (isOtlpBody(body)) return { series: body.series, request: body.request };
  if (!isCompressedBody(body)) return { series: body.series };
  const { series, version, start, ends } = body;
  return { series, version, start, ends: Array.from(ends) };
}

/** Makes a body of what was kept of it. @throws RangeError if it is none */
export function restoredBody(bytes: Bytes, about: unknown): QueuedBody {
  const { series, version, start, ends, request } = (about ?? {}) as Partial<
    CompressedBody & OtlpBody
  >;
  if (!isWhole(series)) throw new RangeError('a body without a number of series');
  // A record of an earlier version may say nothing of its request, which then cannot be split.
  if (request) return otlpBody(bytes, request, series);
  if (ends === undefined) return { bytes, series };
  const isVersion = version === '1.0' || version === '2.0';
  if (!isVersion || !isWhole(start) || !isListOf(isWhole, ends)) {
    throw new RangeError('no body of remote write');
  }
  return divisible(bytes, { version, start, ends: Uint32Array.from(ends) });
}

function divisible(
  bytes: Bytes,
  { version, start, ends }: Omit<RemoteWriteBody, 'bytes'>,
): CompressedBody {
  return {
    bytes,
    series: ends.length,
    ...{ version, start, ends },
    async split() {
      if (ends.length < 2) return undefined;
      const whole = { version, start, ends, bytes: await fromSnappy(bytes) };
      const [one, other] = splitBody(whole);
      return [await compressedBody(one), await compressedBody(other)];
    },
  };
}

const compressed = (bytes: Bytes, compression: Compression): Bytes | Promise<Bytes> =>
  compression === 'gzip' ? gzipPieces([bytes]) : compression === 'snappy' ? snappy(bytes) : bytes;
