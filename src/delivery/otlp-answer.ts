import { beginningOf } from './server-words.ts';

/** What a receiver of OTLP has refused of a request that it took otherwise. */
export interface Rejected {
  /** How many data points, log records, or spans. */
  readonly count: number;
  /** Why, in the receiver's words. */
  readonly why: string;
}

/**
 * Reads an `ExportMetricsServiceResponse`, or that of logs or traces. Returns `undefined` if all was taken, or if the
 * answer is none of these.
 * https://opentelemetry.io/docs/specs/otlp/#partial-success-1
 */
export async function rejectedBy(response: Response): Promise<Rejected | undefined> {
  try {
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const bytes = await beginningOf(response);
    const rejected = isJson ? ofJson(bytes) : ofProtobuf(bytes);
    return rejected.count > 0 ? rejected : undefined;
  } catch {
    return undefined; // it says nothing that can be read
  }
}

/** The names of the number in JSON. */
const COUNTS = ['rejectedDataPoints', 'rejectedLogRecords', 'rejectedSpans'] as const;

function ofJson(bytes: Uint8Array): Rejected {
  const { partialSuccess } = JSON.parse(new TextDecoder().decode(bytes)) as {
    partialSuccess?: Partial<Record<(typeof COUNTS)[number], string | number>> & {
      errorMessage?: string;
    };
  };
  const { errorMessage = '', ...counts } = partialSuccess ?? {};
  const count = COUNTS.map((name) => counts[name]).find((one) => one !== undefined);
  return { count: Number(count ?? 0), why: String(errorMessage) };
}

/** The message has one field, 1, which has a number, 1, and a text, 2. */
function ofProtobuf(bytes: Uint8Array): Rejected {
  const partial = fieldsOf(bytes).get(1);
  const fields = partial instanceof Uint8Array ? fieldsOf(partial) : new Map();
  const why = fields.get(2);
  return {
    count: Number(fields.get(1) ?? 0),
    why: why instanceof Uint8Array ? new TextDecoder().decode(why) : '',
  };
}

/** @throws RangeError for a message with fields of other types than numbers and bytes */
function fieldsOf(bytes: Uint8Array): Map<number, number | Uint8Array> {
  const fields = new Map<number, number | Uint8Array>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || factor > 2 ** 56) throw new RangeError('a message without end');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const value = varint();
    if ((key & 7) === 0) fields.set(key >> 3, value);
    else if ((key & 7) === 2) {
      fields.set(key >> 3, bytes.subarray(at, at + value));
      at += value;
    } else throw new RangeError('a field of another type');
  }
  return fields;
}
