import { MessageWriter } from '../../bytes/message-writer.ts';
import type { KeyValue } from './any-value.ts';
import { writeNanoseconds } from './fixed64.ts';
import type { LogRecord } from './log-records.ts';
import { writeHexadecimal } from './protobuf-request.ts';
import { writeField, writeKeyValue } from './protobuf-values.ts';
import { SCOPE } from './scope.ts';

/** The tags of times: https://protobuf.dev/programming-guides/encoding/#structure */
const TIME = 1 * 8 + 1;
const OBSERVED = 11 * 8 + 1;

/**
 * Writes the bytes of the message:
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto
 */
export function protobufLogs(
  resource: readonly KeyValue[],
  records: readonly LogRecord[],
): Uint8Array<ArrayBuffer> {
  const to = new MessageWriter(1024);
  const opensLogs = to.open(1);
  const opensResource = to.open(1);
  for (const one of resource) writeKeyValue(1, one, to);
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
