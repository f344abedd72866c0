import { decode } from '../../events/event-reader.ts';
import { wellFormed } from '../../platform/realm.ts';
import type { AnyValue, KeyValue } from './any-value.ts';
import { exemplarContext } from './exemplar-attributes.ts';
import { type Microseconds, microseconds } from './times.ts';

/** An event as a log record has it. */
export interface LogRecord {
  readonly time: Microseconds;
  readonly name: string;
  readonly body: AnyValue;
  readonly attributes: readonly KeyValue[];
  /** In hexadecimal digits, lower case. Absent if the labels name none. */
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

/**
 * Where OpenTelemetry once kept the name of an event, which has a field of its own now. Receivers that do not know
 * that field show this attribute:
 * https://opentelemetry.io/docs/specs/semconv/general/events/
 */
const NAME = 'event.name';

/** @param entry an event as the log keeps it */
export function logRecord(entry: string): LogRecord {
  const { name, timestamp, value, labels, metadata } = decode(entry);
  const { traceId, spanId, attributes } = exemplarContext({ labels, value: 0, timestamp });
  const fields = Object.entries(metadata).map(
    ([key, one]) => [wellFormed(key), anyValue(one)] as const,
  );
  return {
    time: microseconds(timestamp),
    name: wellFormed(name),
    body: anyValue(value),
    attributes: [[NAME, wellFormed(name)], ...attributes, ...fields],
    traceId,
    spanId,
  };
}

/** Events are nested in few levels: the recording thread sees to that. */
function anyValue(value: unknown): AnyValue {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(anyValue);
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = Object.entries(value);
  return { fields: fields.map(([key, one]) => [wellFormed(key), anyValue(one)] as const) };
}
