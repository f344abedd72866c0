import type { Answer } from './answer.ts';
import { JSON_TYPE, PROTOBUF } from './body.ts';
import type { RefusedPoints } from './reasons.ts';

const encoder = new TextEncoder();

/**
 * Says in an `ExportMetricsServiceResponse`, in the encoding of the request, or in JSON, that it was taken, and what of
 * it was refused: https://opentelemetry.io/docs/specs/otlp/#partial-success-1
 *
 * An `ExportLogsServiceResponse` is the same in protobuf. A sender repeats none of that, so refused points cost no further requests.
 */
export function otlpAnswer(type: string, refused: RefusedPoints, areLogs: boolean): Answer {
  const { told } = refused;
  const headers = { 'content-type': type === PROTOBUF ? PROTOBUF : JSON_TYPE };
  const outcome = told > 0 ? 'partly_taken' : 'taken';
  const words = told > 0 ? refused.words : '';
  if (type !== PROTOBUF) {
    const what = areLogs ? 'rejectedLogRecords' : 'rejectedDataPoints';
    const partialSuccess = { [what]: String(told), errorMessage: words };
    const body = JSON.stringify(told > 0 ? { partialSuccess } : {});
    return { outcome, status: 200, headers, body };
  }
  return { outcome, status: 200, headers, body: protobufAnswer(told, words) };
}

/** A number, 1, and a text, 2, in the one field, 1, of the message. */
function protobufAnswer(told: number, words: string): Uint8Array<ArrayBuffer> {
  if (told === 0) return new Uint8Array();
  const text = encoder.encode(words);
  const fields = [0x08, ...varint(told), 0x12, ...varint(text.length), ...text];
  return Uint8Array.from([0x0a, ...varint(fields.length), ...fields]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}
