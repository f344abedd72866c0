import { joinPieces } from '../../bytes/pieces.ts';
import { nodeBuiltin } from '../../platform/node-builtin.ts';
import { after } from '../../platform/timers.ts';
import { malformed, Refused } from './answer.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Reads the body of a request. It stops, and lets go of the connection, once there is more than allowed.
 * @param most bytes
 * @param seconds how long the client may take
 * @throws Refused
 */
export async function readBody(request: Request, most: number, seconds: number): Promise<Bytes> {
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > most) throw tooLarge(most);
  const { body } = request;
  if (!body) return new Uint8Array();
  const reader = body.getReader();
  let isLate = false;
  const cancel = after(seconds, () => {
    isLate = true;
    void reader.cancel().catch(() => {});
  });
  try {
    const bytes = await readAll(reader, most);
    if (!isLate) return bytes;
  } catch (error) {
    if (error instanceof Refused) throw error;
    if (!isLate) throw malformed('the body could not be read to its end');
  } finally {
    cancel();
  }
  throw new Refused('too_slow', 408, `the body has not arrived in ${seconds} seconds`);
}

/**
 * Undoes gzip. Of a body that would become larger than allowed, no more than that is ever in memory.
 * @throws Refused
 */
export async function gunzip(bytes: Bytes, most: number): Promise<Bytes> {
  const atOnce = gunzipAtOnce(bytes, Math.min(most, MOST_AT_ONCE));
  if (atOnce) return atOnce;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  try {
    return await readAll(stream.getReader(), most);
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw malformed('the body is not what gzip makes');
  }
}

/** What takes this thread less than a millisecond. Bytes, compressed and not. */
const MOST_COMPRESSED = 65_536;
const MOST_AT_ONCE = 262_144;

/** Streams take several times as long in Node, and most bodies are small. */
function gunzipAtOnce(bytes: Bytes, most: number): Bytes | undefined {
  if (bytes.length > MOST_COMPRESSED) return undefined;
  try {
    const plain = nodeBuiltin('node:zlib')?.gunzipSync(bytes, { maxOutputLength: most }) as Bytes;
    return plain.length <= most ? plain : undefined;
  } catch {
    return undefined; // the stream tells whether it is too large or no gzip
  }
}

/** Reads a stream to its end. @throws Refused if it has more bytes than `most` */
export async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  most: number,
): Promise<Bytes> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) {
      void reader.cancel().catch(() => {});
      throw tooLarge(most);
    }
    chunks.push(value);
  }
  if (chunks.length === 1) return chunks[0] as Bytes;
  return joinPieces(chunks);
}

export function tooLarge(most: number): Refused {
  return new Refused('too_large', 413, `a body may have ${most} bytes at most, also decompressed`);
}
