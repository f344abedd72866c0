import { MessageWriter } from '../../bytes/message-writer.ts';
import type { Attribute } from './attributes.ts';
import { writeNanoseconds } from './fixed64.ts';
import type { AnyValue, LogRecord } from './log-records.ts';
import { writeAttribute, writeHexadecimal } from './protobuf-request.ts';
import { SCOPE } from './scope.ts';

/** The tags of times: https://protobuf.dev/programming-guides/encoding/#structure */
const TIME = 1 * 8 + 1;
const OBSERVED = 11 * 8 + 1;

/**
 * Writes the bytes of the message:
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto
 */
export function protobufLogs(
  resource: readonly Attribute[],
  records: readonly LogRecord[],
): Uint8Array<ArrayBuffer> {
  const to = new MessageWriter(1024);
  const opensLogs = to.open(1);
  const opensResource = to.open(1);
  for (const one of resource) writeAttribute(1, one, to);
  to.close(opensResource);
  const opensScopeLogs = to.open(2);
  const opensScope = to.open(1);
  to.string(1, SCOPE.name);
  to.string(2, SCOPE.version);
  to.close(opensScope);
  for (const one of records) writeRecord(one, to);
  to.close(opensScopeLogs);
  to.close(opensLogs);
  return to.bytes.slice();
}

function writeRecord(record: LogRecord, to: MessageWriter): void {
  const { time, name, body, attributes, traceId, spanId } = record;
  const opened = to.open(2);
  writeNanoseconds(TIME, time, to);
  writeField(5, body, to);
  for (const one of attributes) writeKeyValue(6, one, to);
  if (traceId) writeHexadecimal(9, traceId, to);
  if (spanId) writeHexadecimal(10, spanId, to);
  writeNanoseconds(OBSERVED, time, to);
  to.string(12, name);
  to.close(opened);
}

function writeKeyValue(
  field: number,
  [key, value]: readonly [string, AnyValue],
  to: MessageWriter,
): void {
  const opened = to.open(field);
  to.string(1, key);
  writeField(2, value, to);
  to.close(opened);
}

/** Writes a value as a field of another message. */
function writeField(field: number, value: AnyValue, to: MessageWriter): void {
  const opened = to.open(field);
  writeValue(value, to);
  to.close(opened);
}

/** Writes the content of an `AnyValue`. */
function writeValue(value: AnyValue, to: MessageWriter): void {
  if (value === undefined) return;
  if (typeof value === 'string') to.string(1, value);
  else if (typeof value === 'boolean') to.whole(2, value ? 1 : 0);
  else if (typeof value === 'number') writeNumber(value, to);
  else if ('fields' in value) {
    const opened = to.open(6);
    for (const one of value.fields) writeKeyValue(1, one, to);
    to.close(opened);
  } else {
    const opened = to.open(5);
    for (const one of value) writeField(1, one, to);
    to.close(opened);
  }
}

/** Whole numbers that are not negative have a field of their own. All others are doubles. */
function writeNumber(value: number, to: MessageWriter): void {
  if (isInteger(value)) to.whole(3, value);
  else to.double(4, value);
}

/** Whether a number is written as a whole number. */
export const isInteger = (value: number): boolean =>
  Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
