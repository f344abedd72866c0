import { gzipPieces } from '../bytes/gzip.ts';
import { joinPieces } from '../bytes/pieces.ts';
import { fromSnappy, snappy } from '../bytes/snappy.ts';
import type { Format, FormatWriter } from '../formats/format.ts';
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

/**
 * Returns what was written as bodies of requests. They are compressed now: so they take little memory while they
 * wait, and what was written may be overwritten.
 * @param series how many series were written
 */
export async function bodiesOf(
  written: Written,
  compression: Compression,
  series: number,
): Promise<QueuedBody[]> {
  const { bodies } = written as Written & { readonly bodies?: readonly RemoteWriteBody[] };
  if (bodies) {
    const done: QueuedBody[] = [];
    for (const body of bodies) {
      done.push(await compressedBody(body));
      // The collector has other work, which must not wait for all of them.
      await nextTurn();
    }
    return done;
  }
  const whole = joinPieces(written.pieces);
  // There may be nothing to say. Then no request should be made.
  return whole.length > 0 ? [{ bytes: await compressed(whole, compression), series }] : [];
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
  if (!isCompressedBody(body)) return { series: body.series };
  const { series, version, start, ends } = body;
  return { series, version, start, ends: Array.from(ends) };
}

/** Makes a body of what was kept of it. @throws RangeError if it is none */
export function restoredBody(bytes: Bytes, about: unknown): QueuedBody {
  const { series, version, start, ends } = (about ?? {}) as Partial<CompressedBody>;
  if (!isWhole(series)) throw new RangeError('a body without a number of series');
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
