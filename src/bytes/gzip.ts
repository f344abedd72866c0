import { joinPieces } from './pieces.ts';

/** Whether this place can compress. Safari before 16.4 and Firefox before 113 cannot. */
export const canGzip = (): boolean => typeof CompressionStream === 'function';

/** So many bytes are compressed at a time, so that the thread can do something else between. */
const PART = 65_536;

/**
 * Joins the pieces and compresses them with gzip.
 *
 * BROWSER: Firefox reads a `Blob` with the help of other processes. While a page is closed that takes too long,
 * so the bytes are given to the compression directly.
 */
export async function gzipPieces(
  pieces: readonly Uint8Array<ArrayBuffer>[],
): Promise<Uint8Array<ArrayBuffer>> {
  return through(new CompressionStream('gzip'), joinPieces(pieces));
}

/** Undoes it. It is for what this program has compressed itself: there is no limit. */
export const fromGzip = (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  through(new DecompressionStream('gzip'), bytes);

async function through(
  { readable, writable }: CompressionStream | DecompressionStream,
  whole: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  // If it fails, so does the reading.
  write(whole, writable.getWriter()).catch(() => {});
  return new Uint8Array(await new Response(readable).arrayBuffer());
}

async function write(
  whole: Uint8Array<ArrayBuffer>,
  writer: WritableStreamDefaultWriter<BufferSource>,
): Promise<void> {
  for (let at = 0; at < whole.length; at += PART) await writer.write(whole.subarray(at, at + PART));
  await writer.close();
}
