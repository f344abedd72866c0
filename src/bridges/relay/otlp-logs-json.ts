import { wellFormed } from '../../platform/realm.ts';
import { Messages } from './batch.ts';
import type { EventBatch } from './events.ts';
import { type Fields, fieldsOf, jsonOf, listOf, numberOf } from './otlp-json.ts';
import { DEEPEST, eventBatch, type LogFields } from './otlp-logs.ts';

type Pair = readonly [key: string, value: unknown];

/**
 * Reads an `ExportLogsServiceRequest` as JSON.
 * @throws Error if the bytes are none, Refused if there is too much in it
 */
export function readJsonLogs(request: Uint8Array): EventBatch[] {
  const messages = new Messages();
  return listOf(jsonOf(request).resourceLogs).map((one) => {
    messages.count();
    const { resource, scopeLogs } = fieldsOf(one);
    const records = listOf(scopeLogs).flatMap((scope) =>
      listOf(fieldsOf(scope).logRecords).map((record) => readRecord(fieldsOf(record), messages)),
    );
    return eventBatch(readPairs(fieldsOf(resource).attributes, messages, 0), records);
  });
}

function readRecord(record: Fields, messages: Messages): LogFields {
  messages.count();
  const { timeUnixNano, observedTimeUnixNano, eventName, body, attributes } = record;
  return {
    time: numberOf(timeUnixNano),
    observed: numberOf(observedTimeUnixNano),
    eventName: textIn(eventName),
    body: contentOf(body, messages, 0),
    attributes: readPairs(attributes, messages, 0),
    traceId: textIn(record.traceId),
    spanId: textIn(record.spanId),
  };
}

function readPairs(pairs: unknown, messages: Messages, depth: number): Pair[] {
  return listOf(pairs).map((pair) => {
    const { key, value } = fieldsOf(pair);
    return [textIn(key), contentOf(value, messages, depth)];
  });
}

function contentOf(given: unknown, messages: Messages, depth: number): unknown {
  messages.count();
  if (depth > DEEPEST) return undefined;
  const value = fieldsOf(given);
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue } = value;
  if (typeof stringValue === 'string') return wellFormed(stringValue);
  if (typeof boolValue === 'boolean') return boolValue;
  if (intValue !== undefined || doubleValue !== undefined) return numberOf(intValue ?? doubleValue);
  if (arrayValue) {
    const { values } = fieldsOf(arrayValue);
    return listOf(values).map((one) => contentOf(one, messages, depth + 1));
  }
  if (!kvlistValue) return undefined;
  return Object.fromEntries(readPairs(fieldsOf(kvlistValue).values, messages, depth + 1));
}

const textIn = (value: unknown): string => (typeof value === 'string' ? wellFormed(value) : '');
