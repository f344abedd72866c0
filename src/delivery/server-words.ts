import { joinPieces } from '../bytes/pieces.ts';
import { withoutSecrets } from './secrets.ts';

/** What of an answer is read. UTF-8 bytes. */
const MOST_READ = 4096;
/** What of it is passed on. UTF-16 units. */
const MOST_TOLD = 200;

/**
 * Returns the beginning of what a server has answered, in one line, for a log. Never rejects.
 * @param secrets what must not be in it, even if the server repeats it
 */
export async function wordsOf(response: Response, secrets: readonly string[]): Promise<string> {
  const bytes = await beginningOf(response).catch(() => new Uint8Array(0));
  const text = withoutSecrets(new TextDecoder().decode(bytes), secrets);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they could change what a terminal shows
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ').trim();
  return line.length > MOST_TOLD ? `${line.slice(0, MOST_TOLD)}…` : line;
}

/** Resolves to the first bytes of an answer. A server may answer without end, so no more are read. */
export async function beginningOf({ body }: Response): Promise<Uint8Array> {
  if (!body) return new Uint8Array(0);
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  let read = 0;
  while (read < MOST_READ) {
    const { done, value } = await reader.read();
    if (done) return joinPieces(pieces);
    read += value.length;
    pieces.push(value.subarray(0, MOST_READ));
  }
  await reader.cancel();
  return joinPieces(pieces);
}
