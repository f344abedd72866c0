import { jsonText } from '../../platform/realm.ts';
import type { KeyValue } from './any-value.ts';
import { anyValue, keyValue } from './json-values.ts';
import type { LogRecord } from './log-records.ts';
import { SCOPE } from './scope.ts';
import { nanosecondText } from './times.ts';

/** Writes the JSON of the message: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export function jsonLogs(
  resource: readonly KeyValue[],
  records: readonly LogRecord[],
): Uint8Array<ArrayBuffer> {
  const { name, version } = SCOPE;
  const scopeLogs = [{ scope: { name, version }, logRecords: records.map(logRecord) }];
  const attributes = resource.map(keyValue);
  const request = { resourceLogs: [{ resource: { attributes }, scopeLogs }] };
  return new TextEncoder().encode(jsonText(request));
}

function logRecord({ time, name, body, attributes, traceId, spanId }: LogRecord) {
  const timeUnixNano = nanosecondText(time);
  return {
    timeUnixNano,
    body: anyValue(body),
    attributes: attributes.map(keyValue),
    ...(traceId && { traceId }),
    ...(spanId && { spanId }),
    observedTimeUnixNano: timeUnixNano,
    eventName: name,
  };
}
