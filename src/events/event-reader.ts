import type { Labels, TelemetryEvent } from '../model.ts';
import type { EventBatch } from '../protocol/event-batch.ts';
import {
  KIND_ARRAY,
  KIND_NUMBER,
  KIND_OBJECT,
  KIND_REDUCED,
  KIND_TEXT,
  MAX_DEPTH,
  MAX_EVENT_DEPTH,
  MAX_EVENT_LENGTH,
  MAX_VALUE_BYTES,
} from './event-batch.ts';
import type { EventLog } from './event-log.ts';

type Fields = [
  name: string,
  timestamp: number,
  value: unknown,
  labels: Labels,
  metadata: Record<string, unknown>,
];

/** The JSON of the kinds that have no content. */
const WORDS = ['null', 'true', 'false'];
/** The beginning of a reduced value, by reason. */
const REDUCED = [
  `{"reduced":"cannot be copied whole, or is nested in more than ${MAX_DEPTH} levels","value":`,
  `{"reduced":"larger than ${MAX_VALUE_BYTES} bytes","value":`,
  '{"reduced":"cannot be read","error":',
];

export function newestEvents(log: EventLog, limit: number): TelemetryEvent[] {
  const count = Math.min(Math.max(0, Math.floor(limit) || 0), log.size);
  return count === 0 ? [] : log.entries().slice(-count).map(decode);
}

export function decode(text: string): TelemetryEvent {
  const [name, timestamp, value, labels, metadata] = JSON.parse(text) as Fields;
  return { name, value, timestamp, labels, metadata };
}

/** How many characters the events of a batch may have. A batch may name one long text again and again. */
const MAX_BATCH_LENGTH = 67_108_864;

/** Returns the events of a batch as the log keeps them. If they exceed the limit, only the first ones. */
export function eventTexts({ count, slots, texts }: EventBatch): string[] {
  const quoted = texts.map((text) => JSON.stringify(text));
  let at = 0;
  /** How many characters the event may still take. */
  let left = 0;

  // What is kept must be JSON, whatever a thread has sent. One text that is named again and again must not
  // fill the memory.
  const textAt = (i: number) => {
    const text = known(quoted[i]);
    left -= text.length;
    if (left < 0) throw new RangeError(`an event of more than ${MAX_EVENT_LENGTH} characters`);
    return text;
  };
  const list = (length: number, item: () => string) => {
    if (!(length <= slots.length)) throw new RangeError('the batch has no such part');
    return Array.from({ length }, item).join(',');
  };

  /**
   * Reads a value. Deeper nesting is refused: it would overflow the stack of whoever follows it, in this
   * thread or another.
   */
  function value(depth = 2): string {
    if (depth > MAX_EVENT_DEPTH) throw new RangeError('an event with too many levels');
    const inner = () => value(depth + 1);
    const kind = slots[at++]! % 8;
    if (kind < KIND_NUMBER) return known(WORDS[kind]);
    const what = slots[at++]!;
    switch (kind) {
      case KIND_NUMBER:
        return Number.isFinite(what) ? `${what}` : 'null';
      case KIND_TEXT:
        return textAt(what);
      case KIND_ARRAY:
        return `[${list(what, inner)}]`;
      case KIND_OBJECT:
        return `{${list(what, () => `${textAt(Math.floor(slots[at]! / 8))}:${inner()}`)}}`;
      case KIND_REDUCED:
        return `${known(REDUCED[what])}${inner()}}`;
      default:
        throw new RangeError(`no value is of kind ${kind}`);
    }
  }

  if (!(count <= slots.length)) throw new RangeError('the batch has no such part');
  const events: string[] = [];
  for (let room = MAX_BATCH_LENGTH; events.length < count; room -= events.at(-1)!.length) {
    if (room < 0) break;
    const head = slots[at++]!;
    left = MAX_EVENT_LENGTH;
    const name = textAt(Math.floor(head / 2));
    const timestamp = slots[at++];
    if (!Number.isFinite(timestamp)) throw new RangeError('an event without a time');
    const details = () => (head % 2 ? value() : '{}');
    events.push(`[${name},${timestamp},${value()},${details()},${details()}]`);
  }
  return events;
}

/** @throws RangeError if the batch has no such part */
function known(text: string | undefined): string {
  if (text === undefined) throw new RangeError('the batch has no such part');
  return text;
}
