import type { RenderedPieces } from '../../bytes/renderings.ts';
import type { Snapshot } from '../../model.ts';
import type { Format, FormatOptions } from '../format.ts';
import { jsonLogs } from './json-logs.ts';
import { type LogRecord, logRecord } from './log-records.ts';
import { otlp, resourceAttributes } from './otlp.ts';
import { protobufLogs } from './protobuf-logs.ts';

/** How many events are read before the thread may do something else. */
const STEP = 64;

/**
 * The message `ExportLogsServiceRequest`, with which events are sent to OpenTelemetry as log records:
 * https://opentelemetry.io/docs/specs/otlp/
 *
 * It has the events of the snapshot. If there are none there are no bytes.
 */
export const otlpLogs: Format = {
  name: 'otlp-logs',
  mediaTypes: otlp.mediaTypes,
  isPushed: true,
  open: () => ({ write }),
};

function* write(
  { events = [] }: Snapshot,
  { encoding = 'protobuf', resource = {} }: FormatOptions,
): Generator<void, RenderedPieces> {
  const records: LogRecord[] = [];
  for (const [i, entry] of events.entries()) {
    if (i % STEP === 0) yield;
    records.push(logRecord(entry));
  }
  const logs = encoding === 'json' ? jsonLogs : protobufLogs;
  const pieces = records.length > 0 ? [logs(resourceAttributes(resource), records)] : [];
  return { pieces, done() {} };
}
