import { fromSnappy } from '../../bytes/snappy.ts';
import { malformed, Refused } from './answer.ts';
import { readSafely } from './batch.ts';
import { tooLarge } from './bounded-body.ts';
import { bytes, ProtobufReader } from './protobuf-fields.ts';

/** How many series a request may hold. */
const MOST_SERIES = 20_000;
/** How many labels a series may have, and bytes of a name or a value: more than an exporter sends. */
const MOST_LABELS = 64;
const LONGEST_TEXT = 8192;
/** How many texts a request of version 2.0 may hold. */
const MOST_SYMBOLS = 200_000;
const NAME = '__name__';

export type RemoteWriteVersion = '1.0' | '2.0';

/**
 * Decompresses a block of Snappy that tells its size first, as the format demands.
 * @throws Refused if it is none, or would be too large
 */
export async function unsnappy(
  block: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let size = 0;
  for (let i = 0; ; i++) {
    const byte = block[i];
    if (byte === undefined || i > 4) throw malformed('the body is no block of Snappy');
    size += (byte & 127) * 128 ** i;
    if (byte < 128) break;
  }
  if (size > maxBytes) throw tooLarge(maxBytes);
  try {
    return await fromSnappy(block);
  } catch {
    throw malformed('the body is no block of Snappy');
  }
}

/**
 * Reads a request of remote write as far as it must be sound. Returns the names of its series, one for each.
 * @throws Refused
 */
export function namesInRemoteWrite(request: Uint8Array, version: RemoteWriteVersion): string[] {
  const read = version === '2.0' ? readVersion2 : readVersion1;
  return readSafely(`request of remote write ${version}`, () => read(request));
}

/** https://prometheus.io/docs/specs/prw/remote_write_spec/ */
function readVersion1(request: Uint8Array): string[] {
  const from = new ProtobufReader(request);
  const names: string[] = [];
  from.fields((tag) => {
    if (tag !== bytes(1)) return;
    const texts: string[] = [];
    from.nested((tag) => {
      if (tag === bytes(1)) addLabel(texts, from);
      else checkMessage(tag, from);
    });
    count(names, texts);
  });
  return names;
}

/** https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/ */
function readVersion2(request: Uint8Array): string[] {
  const from = new ProtobufReader(request);
  const names: string[] = [];
  const symbols: string[] = [];
  const series: number[][] = [];
  from.fields((tag) => {
    if (tag === bytes(4)) symbols.push(readText(from));
    else if (tag === bytes(5)) series.push(readReferences(from));
    if (symbols.length > MOST_SYMBOLS || series.length > MOST_SERIES) throw tooManySeries();
  });
  // The symbols may come behind the series.
  for (const references of series) {
    count(
      names,
      references.map((reference) => {
        const text = symbols[reference];
        if (text === undefined) throw new RangeError('a reference to no symbol');
        return text;
      }),
    );
  }
  return names;
}

function readReferences(from: ProtobufReader): number[] {
  const references: number[] = [];
  from.nested((tag) => {
    if (tag !== bytes(1)) return checkMessage(tag, from);
    from.packed(() => {
      if (references.push(from.uint32()) > 2 * MOST_LABELS) throw new RangeError('too many labels');
    });
  });
  return references;
}

/** Notes the name of a series. */
function count(names: string[], texts: readonly string[]): void {
  if (names.length >= MOST_SERIES) throw tooManySeries();
  const given = new Set<string>();
  let name = '';
  for (let i = 0; i < texts.length; i += 2) {
    const label = texts[i]!;
    // Prometheus answers 500 to a name that comes twice, and senders would repeat that for ever.
    if (label === '' || given.has(label)) throw new RangeError('a label without name, or twice');
    given.add(label);
    if (label === NAME) name = texts[i + 1] ?? '';
  }
  if (name === '') throw new RangeError('a series without name');
  names.push(name);
}

function addLabel(texts: string[], from: ProtobufReader): void {
  let name = '';
  let value = '';
  from.nested((tag) => {
    if (tag === bytes(1)) name = readText(from);
    else if (tag === bytes(2)) value = readText(from);
  });
  if (texts.push(name, value) > 2 * MOST_LABELS) throw new RangeError('too many labels');
}

/** The samples, histograms and exemplars of a series must be messages. */
function checkMessage(tag: number, from: ProtobufReader): void {
  if ([bytes(2), bytes(3), bytes(4), bytes(5)].includes(tag)) from.nested(() => {});
}

function readText(from: ProtobufReader): string {
  const text = from.text(LONGEST_TEXT);
  if (text === undefined) throw new RangeError('a text that is too long');
  return text;
}

const tooManySeries = (): Refused =>
  new Refused('too_large', 413, `a request may hold ${MOST_SERIES} series at most`);
