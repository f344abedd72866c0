import type { AttributeValue } from '@opentelemetry/api';
import {
  MAX_ATTRIBUTES,
  MAX_CONTENT,
  MAX_ITEMS,
  MAX_TEXT,
} from '../../../features/traces/span-batch.ts';
import type { Scalar, SoundValue, SpanWriter } from '../../../features/traces/span-writer.ts';

/** What a span may still take. Its events and links take from it, too. */
export interface Room {
  left: number;
}

/** The attributes of a span, or of one of its events or links, as they were when they were set. */
export class AttributeList {
  readonly keys: string[] = [];
  readonly values: SoundValue[] = [];
  /** How many had no room. */
  dropped = 0;

  /** @returns whether the value was sound */
  set(key: unknown, value: unknown, room: Room): boolean {
    if (value == null) return true;
    if (typeof key !== 'string' || key === '') return false;
    const sound = soundValue(value);
    if (sound === undefined) return false;
    const { keys, values } = this;
    const at = keys.indexOf(key);
    room.left -= sizeOf(sound) + (at < 0 ? key.length : 0);
    if ((at < 0 && keys.length >= MAX_ATTRIBUTES) || room.left < 0) {
      this.dropped++;
    } else if (at < 0) {
      keys.push(key.length > MAX_TEXT ? key.slice(0, MAX_TEXT) : key);
      values.push(sound);
    } else values[at] = sound;
    return true;
  }

  write(to: SpanWriter): void {
    const { keys, values } = this;
    for (let i = 0; i < keys.length; i++) to.attribute(keys[i]!, values[i]);
  }

  toObject(): Record<string, AttributeValue> {
    return Object.fromEntries(this.keys.map((key, i) => [key, this.values[i] as AttributeValue]));
  }
}

/** Returns a value as it is now; `undefined` if OpenTelemetry knows no such value. */
function soundValue(value: unknown): SoundValue {
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return Array.isArray(value) ? soundItems(value) : undefined;
}

/** All items have one type, or are nothing. */
function soundItems(value: readonly unknown[]): readonly Scalar[] | undefined {
  const items = value.slice(0, MAX_ITEMS);
  const first = typeof items.find((item) => item != null);
  if (!['string', 'number', 'boolean', 'undefined'].includes(first)) return undefined;
  if (!items.every((item) => item == null || typeof item === first)) return undefined;
  return items.map((item) => (typeof item === 'string' ? cut(item) : item)) as Scalar[];
}

const cut = (text: string): string => (text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text);

function sizeOf(value: SoundValue): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  let size = value.length;
  for (const item of value) if (typeof item === 'string') size += item.length;
  return size;
}

/** An event beyond this has no content left. */
export const newRoom = (): Room => ({ left: MAX_CONTENT });
