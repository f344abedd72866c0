import { Messages } from './batch.ts';
import type { EventBatch } from './events.ts';
import { DEEPEST, eventBatch, type LogFields } from './otlp-logs.ts';
import { bytes, fixed64, ProtobufReader, varint } from './protobuf-fields.ts';

type Pair = readonly [key: string, value: unknown];

/** Texts of more bytes are left out. */
const LONGEST = 262_144;

/**
 * Reads an `ExportLogsServiceRequest`:
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto
 * @throws Error if the bytes are none, Refused if there is too much in it
 */
export function readProtobufLogs(request: Uint8Array): EventBatch[] {
  const from = new ProtobufReader(request);
  const all: EventBatch[] = [];
  const messages = new Messages();
  from.fields((tag) => tag === bytes(1) && all.push(readResource(from, messages)));
  return all;
}

function readResource(from: ProtobufReader, messages: Messages): EventBatch {
  messages.count();
  const attributes: Pair[] = [];
  const records: LogFields[] = [];
  from.nested((tag) => {
    if (tag === bytes(1)) {
      from.nested((tag) => tag === bytes(1) && attributes.push(readPair(from, messages, 0)));
    } else if (tag === bytes(2)) {
      from.nested((tag) => tag === bytes(2) && records.push(readRecord(from, messages)));
    }
  });
  return eventBatch(attributes, records);
}

function readRecord(from: ProtobufReader, messages: Messages): LogFields {
  messages.count();
  let [time, observed, eventName, traceId, spanId] = [0, 0, '', '', ''];
  let body: unknown;
  const attributes: Pair[] = [];
  from.nested((tag) => {
    if (tag === fixed64(1)) time = from.fixed64();
    else if (tag === bytes(5)) body = readValue(from, messages, 0);
    else if (tag === bytes(6)) attributes.push(readPair(from, messages, 0));
    else if (tag === bytes(9)) traceId = hexadecimal(from.bytes());
    else if (tag === bytes(10)) spanId = hexadecimal(from.bytes());
    else if (tag === fixed64(11)) observed = from.fixed64();
    else if (tag === bytes(12)) eventName = from.text(LONGEST) ?? '';
  });
  return { time, observed, eventName, body, attributes, traceId, spanId };
}

function readPair(from: ProtobufReader, messages: Messages, depth: number): Pair {
  let key = '';
  let value: unknown;
  from.nested((tag) => {
    if (tag === bytes(1)) key = from.text(LONGEST) ?? '';
    else if (tag === bytes(2)) value = readValue(from, messages, depth);
  });
  return [key, value];
}

/** Reads an `AnyValue`. What is nested too deeply is skipped. */
function readValue(from: ProtobufReader, messages: Messages, depth: number): unknown {
  messages.count();
  let value: unknown;
  from.nested((tag) => {
    if (depth > DEEPEST) return;
    if (tag === bytes(1)) value = from.text(LONGEST);
    else if (tag === varint(2)) value = from.bool();
    else if (tag === varint(3)) value = Number(from.wholeText());
    else if (tag === fixed64(4)) value = from.double();
    else if (tag === bytes(5)) {
      const list: unknown[] = [];
      from.nested((tag) => tag === bytes(1) && list.push(readValue(from, messages, depth + 1)));
      value = list;
    } else if (tag === bytes(6)) {
      const pairs: Pair[] = [];
      from.nested((tag) => tag === bytes(1) && pairs.push(readPair(from, messages, depth + 1)));
      value = Object.fromEntries(pairs);
    }
  });
  return value;
}

/** An id has 16 bytes at most. */
const hexadecimal = (id: Uint8Array): string =>
  Array.from(id.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
