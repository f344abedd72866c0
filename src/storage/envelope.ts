import crc32 from 'crc-32';
import type { Pieces } from '../bytes/pieces.ts';
import { jsonText } from '../platform/realm.ts';

/**
 * The bytes of a record as they lie in storage, readable with `head -n 2`:
 *
 *     utilityfog-telemetry-record 1 <CRC-32 of all that follows this line, 8 hex digits>\n
 *     {"absorbed":["<id>", …]}\n
 *     <payload>
 */
const MAGIC = 'utilityfog-telemetry-record';
const VERSION = 1;
const FIRST_LINE = new RegExp(`^${MAGIC} ([0-9]+) ([0-9a-f]{8})$`);

export interface Envelope<P = Uint8Array> {
  /** Ids of the records whose content the payload includes. */
  readonly absorbed: readonly string[];
  readonly payload: P;
}

export type Decoded = ({ readonly ok: true } & Envelope) | { readonly ok: false; reason: string };

export function encodeEnvelope({ absorbed, payload }: Envelope<Pieces>): Pieces {
  const header = new TextEncoder().encode(`${jsonText({ absorbed })}\n`);
  const first = `${MAGIC} ${VERSION} ${checksum([header, ...payload])}\n`;
  return [new TextEncoder().encode(first), header, ...payload];
}

/** Checks and opens the bytes of a record. Never throws. `payload` is a view of `bytes`. */
export function decodeEnvelope(bytes: Uint8Array): Decoded {
  if (!(bytes instanceof Uint8Array)) return damaged('it is no bytes');
  const first = splitLine(bytes);
  const match = first && FIRST_LINE.exec(first.line);
  if (!match) return damaged('it does not begin as a record does');
  const [, version, expected] = match;
  if (Number(version) !== VERSION) return damaged(`it has version ${version}, not ${VERSION}`);
  if (checksum([first.rest]) !== expected) return damaged('its checksum does not match');
  const header = splitLine(first.rest);
  const absorbed = header && parseAbsorbed(header.line);
  if (!absorbed) return damaged('its header cannot be read');
  return { ok: true, absorbed, payload: header.rest };
}

/** Reads from the first lines of a record which others it has absorbed; none if they cannot be read. */
export function absorbedBy(head: Uint8Array): readonly string[] {
  // Another program may have stored anything here.
  if (!(head instanceof Uint8Array)) return [];
  const first = splitLine(head);
  const version = first && FIRST_LINE.exec(first.line)?.[1];
  const header = Number(version) === VERSION && splitLine(first!.rest);
  return (header && parseAbsorbed(header.line)) || [];
}

function damaged(reason: string): Decoded {
  return { ok: false, reason };
}

function parseAbsorbed(line: string): readonly string[] | undefined {
  try {
    const { absorbed } = JSON.parse(line);
    return Array.isArray(absorbed) ? absorbed.filter((id) => typeof id === 'string') : undefined;
  } catch {
    return undefined;
  }
}

function splitLine(bytes: Uint8Array): { line: string; rest: Uint8Array } | undefined {
  const end = bytes.indexOf(0x0a);
  if (end < 0) return undefined;
  return { line: new TextDecoder().decode(bytes.subarray(0, end)), rest: bytes.subarray(end + 1) };
}

function checksum(pieces: Pieces): string {
  const sum = pieces.reduce((before, piece) => crc32.buf(piece, before), 0);
  return (sum >>> 0).toString(16).padStart(8, '0');
}
