import { SENDER_ATTRIBUTES, senderOf } from './batch.ts';
import { type EventBatch, type RelayedEvent, soundLabels } from './events.ts';

/** What a log record says, in either encoding. */
export interface LogFields {
  /** Nanoseconds since 1970; 0 if it is not given. */
  readonly time: number;
  readonly observed: number;
  readonly eventName: string;
  readonly body: unknown;
  readonly attributes: readonly (readonly [key: string, value: unknown])[];
  /** In hexadecimal digits; empty if there is none. */
  readonly traceId: string;
  readonly spanId: string;
}

/** Where OpenTelemetry once kept the name of an event. */
const NAME = 'event.name';
/** How deep values may be nested. What is deeper is left out. */
export const DEEPEST = 32;

/** Returns a log record as an event: texts are labels, and other attributes metadata. */
export function eventOf(record: LogFields): RelayedEvent {
  const { time, observed, eventName, body, attributes, traceId, spanId } = record;
  const labels: [string, unknown][] = [];
  const metadata: [string, unknown][] = [];
  let name = eventName;
  for (const pair of attributes) {
    const [key, value] = pair;
    if (key === NAME && typeof value === 'string') name ||= value;
    else if (typeof value === 'string') labels.push([key, value]);
    else metadata.push([key, value]);
  }
  if (traceId !== '') labels.push(['trace_id', traceId]);
  if (spanId !== '') labels.push(['span_id', spanId]);
  return {
    ...{ name, time: time || observed, value: body },
    labels: soundLabels(Object.fromEntries(labels)),
    metadata: Object.fromEntries(metadata),
  };
}

/** Returns the events of one resource. A request is known by the latest of them. */
export function eventBatch(
  attributes: readonly (readonly [key: string, value: unknown])[],
  records: readonly LogFields[],
): EventBatch {
  const known = new Map<string, string>();
  for (const [key, value] of attributes) {
    if (SENDER_ATTRIBUTES.includes(key) && typeof value === 'string') known.set(key, value);
  }
  const events = records.map(eventOf);
  const time = events.reduce((latest, event) => Math.max(latest, event.time), 0);
  return { sender: senderOf(known), time, events };
}
