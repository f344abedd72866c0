/** What was found under a name where a file is expected. */
export type Entry =
  | { readonly bytes: Uint8Array }
  /** Why it is no file, or cannot be read. */
  | { readonly unreadable: string };

/** The longest text that an engine can make of bytes. Nobody could read a longer record. */
export const MAX_RECORD_BYTES = 0x1fffffe8;
/** How much of a record is read at first, to find its head. */
const HEAD_BYTES = 16_384;
/** The most that is read. It has room for the ids of more records than a directory holds. */
const MAX_HEAD_BYTES = 16_777_216;

/**
 * Errors that say nothing about the entry: what is short now may not be so later. All other errors mean
 * that the entry cannot be read.
 */
const SHORTAGES = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/**
 * Reads a whole file. Resolves to `undefined` if there is none. Anybody may have put something else in its
 * place: links are not followed, and only files are opened. Opening a FIFO that nobody writes to would wait
 * for ever, and hold the process even after `process.exit()`.
 */
export async function readEntry(
  path: string,
  limit = MAX_RECORD_BYTES,
): Promise<Entry | undefined> {
  const { readFile } = process.getBuiltinModule('node:fs/promises');
  return readRegularFile(path, async (size) => {
    if (size > limit) return { unreadable: `it has ${size} bytes` };
    return { bytes: await readFile(path, { flag: readingFlags() }) };
  });
}

/** Reads the first bytes of a file, up to its second newline, and maybe some more. */
export async function readHead(path: string): Promise<Entry | undefined> {
  const { open } = process.getBuiltinModule('node:fs/promises');
  return readRegularFile(path, async () => {
    const file = await open(path, readingFlags());
    try {
      for (let size = HEAD_BYTES; ; size *= 4) {
        const room = new Uint8Array(size);
        const { bytesRead } = await file.read(room, 0, size, 0);
        const head = room.subarray(0, bytesRead);
        const isWhole = linesIn(head) !== 1 || bytesRead < size;
        if (isWhole || size >= MAX_HEAD_BYTES) return { bytes: head };
      }
    } finally {
      await file.close();
    }
  });
}

async function readRegularFile(
  path: string,
  read: (size: number) => Promise<Entry>,
): Promise<Entry | undefined> {
  const { lstat } = process.getBuiltinModule('node:fs/promises');
  try {
    const found = await lstat(path);
    if (!found.isFile()) {
      const what = found.isSymbolicLink()
        ? 'a link'
        : found.isDirectory()
          ? 'a directory'
          : 'no file';
      return { unreadable: `it is ${what}` };
    }
    return await read(found.size);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (SHORTAGES.has(code)) throw error;
    return { unreadable: String(error) };
  }
}

/**
 * RACE: what was a file a moment ago may be something else now, so these flags refuse links and FIFOs
 * again.
 */
function readingFlags(): number {
  // The last two are absent on Windows.
  const {
    O_RDONLY,
    O_NOFOLLOW = 0,
    O_NONBLOCK = 0,
  } = process.getBuiltinModule('node:fs').constants;
  return O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
}

/** Counts newlines, up to two. If the first line does not end soon, this is no record. */
function linesIn(bytes: Uint8Array): number {
  const first = bytes.indexOf(0x0a);
  return first < 0 ? 0 : bytes.indexOf(0x0a, first + 1) < 0 ? 1 : 2;
}
