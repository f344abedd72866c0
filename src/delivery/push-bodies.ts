import { gzipPieces } from '../bytes/gzip.ts';
import { joinPieces } from '../bytes/pieces.ts';
import { fromSnappy, snappy } from '../bytes/snappy.ts';
import type { Format, FormatWriter } from '../formats/format.ts';
import type { RemoteWriteBody } from '../formats/remote-write/body.ts';
import { splitBody } from '../formats/remote-write/split-body.ts';
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
 */
export async function bodiesOf(written: Written, compression: Compression): Promise<QueuedBody[]> {
  const { bodies } = written as Written & { readonly bodies?: readonly RemoteWriteBody[] };
  if (bodies) return Promise.all(bodies.map((body) => divisible(body)));
  const whole = joinPieces(written.pieces);
  // There may be nothing to say. Then no request should be made.
  return whole.length > 0 ? [{ bytes: await compressed(whole, compression), series: 0 }] : [];
}

async function divisible(body: RemoteWriteBody): Promise<QueuedBody> {
  const { version, start, ends } = body;
  const bytes = await snappy(body.bytes);
  return {
    bytes,
    series: ends.length,
    async split() {
      if (ends.length < 2) return undefined;
      const whole = { version, start, ends, bytes: await fromSnappy(bytes) };
      const [one, other] = splitBody(whole);
      return [await divisible(one), await divisible(other)];
    },
  };
}

const compressed = (bytes: Bytes, compression: Compression): Bytes | Promise<Bytes> =>
  compression === 'gzip' ? gzipPieces([bytes]) : compression === 'snappy' ? snappy(bytes) : bytes;
