import { jsonText } from '../../platform/realm.ts';
import type { Attribute } from './attributes.ts';
import type { AnyValue, LogRecord } from './log-records.ts';
import { isInteger } from './protobuf-logs.ts';
import { SCOPE } from './scope.ts';
import { nanosecondText } from './times.ts';

/** Writes the JSON of the message: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export function jsonLogs(
  resource: readonly Attribute[],
  records: readonly LogRecord[],
): Uint8Array<ArrayBuffer> {
  const scopeLogs = [{ scope: SCOPE, logRecords: records.map(logRecord) }];
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

const keyValue = ([key, value]: readonly [string, AnyValue]) => ({ key, value: anyValue(value) });

function anyValue(value: AnyValue): object {
  if (value === undefined) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  // A whole number of 64 bits is a text.
  if (typeof value === 'number') {
    return isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if ('fields' in value) return { kvlistValue: { values: value.fields.map(keyValue) } };
  return { arrayValue: { values: value.map(anyValue) } };
}
