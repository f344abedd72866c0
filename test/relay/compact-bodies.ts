/** Writes bodies of the compact form by hand, also such as no exporter writes, and takes those that exporters write. */
import type { RelayExporter, RelayExporterOptions, TelemetryCollector } from 'utilityfog-telemetry';
import { post } from './batches.ts';

export const COMPACT = { 'content-type': 'application/vnd.utilityfog.telemetry' };
export const KINDS = {
  counter: 0,
  gauge: 1,
  histogram: 2,
  native: 3,
  summary: 4,
  states: 5,
} as const;
/** Microseconds since 1970. */
export const TIME = 1_800_000_000_000_000;

type Part = number | readonly Part[];

/** A whole number, 7 bits in each byte. */
export function whole(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

export const signed = (value: number) => whole(value < 0 ? -2 * value - 1 : 2 * value);
/** A small whole number, or any other as a double. */
export const number = (value: number) =>
  value >= 0 && Number.isSafeInteger(2 * value) ? whole(2 * value) : double(value);
export const double = (value: number) => [1, ...new Uint8Array(Float64Array.of(value).buffer)];
export const count = (value: number) => whole(2 * value);
export const zeros = (length: number) => whole(2 * length - 1);

export interface HandBody {
  readonly head?: readonly number[];
  readonly texts: readonly (string | readonly number[])[];
  /** The parts of each family, from its kind on. */
  readonly families?: readonly Part[];
  readonly events?: readonly string[];
  /** Which text is the id of the sender. */
  readonly id?: number;
  readonly time?: number;
  readonly rest?: readonly number[];
}

export function bodyOf({ head, texts, families = [], events = [], ...body }: HandBody) {
  const encoder = new TextEncoder();
  const textBytes = (text: string | readonly number[]) => {
    const bytes = typeof text === 'string' ? [...encoder.encode(text)] : text;
    return [...whole(bytes.length), ...bytes];
  };
  const { id = 0, time = TIME, rest = [] } = body;
  return Uint8Array.from([
    ...(head ?? [0x55, 0x46, 1]),
    ...whole(texts.length),
    ...texts.flatMap(textBytes),
    ...[...whole(id), 0, ...whole(time), 0],
    ...whole(families.length),
    ...(families.flat(9) as number[]),
    ...whole(events.length),
    ...events.flatMap(textBytes),
    ...rest,
  ]);
}

/** Returns a body with one family that has no labels. @param data what follows the head of the family */
export const bodyWith = (kind: number, ...data: readonly Part[]) =>
  bodyOf({ texts: ['sender', 'x_family', ''], families: [[kind, 1, 2, 2, 0, 0, ...data]] });

export const postCompact = (bytes: Uint8Array<ArrayBuffer>) => post(bytes, COMPACT);

/** Resolves to the requests that an export makes. */
export async function requestsOf(
  collector: TelemetryCollector,
  exporter: RelayExporter,
): Promise<Request[]> {
  const requests: Request[] = [];
  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) => {
    requests.push(new Request(input, init));
    return new Response(null, { status: 204 });
  };
  try {
    await exporter.exportMetrics(collector);
  } finally {
    globalThis.fetch = fetch;
  }
  return requests;
}

export const URL_OF_RELAY: RelayExporterOptions['url'] = 'http://relay.test/';
