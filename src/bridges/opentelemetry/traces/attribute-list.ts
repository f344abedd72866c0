import type { Attributes, AttributeValue } from '@opentelemetry/api';
import {
  MAX_ATTRIBUTES,
  MAX_CONTENT,
  MAX_ITEMS,
  MAX_TEXT,
} from '../../../features/traces/span-batch.ts';
import type { Scalar, SoundValue, SpanWriter } from '../../../features/traces/span-writer.ts';
import { isInherited } from '../../../platform/realm.ts';

/** What a span may still take. Its events and links take from it, too. */
export interface Room {
  /** How much more text it may hold, in UTF-16 units. */
  left: number;
}

export interface Refusing {
  /** Counts what was given and is of no use. */
  refused(what: string): void;
}

/** The attributes of a span, or of one of its events or links, as they were when they were set. */
export class AttributeList {
  /** Each key, and then its value. Spans have few attributes, so one list takes less time than a `Map`. */
  readonly #entries: SoundValue[] = [];
  /** How many had no room. */
  dropped = 0;
  /** How much room they take. */
  size = 0;

  /** How many attributes there are. */
  get count(): number {
    return this.#entries.length / 2;
  }

  /** Whether there is an attribute of that key. */
  has(key: string): boolean {
    return this.#entries.some((entry, at) => at % 2 === 0 && entry === key);
  }

  /** Never throws. */
  set(key: unknown, value: unknown, room: Room, scope?: Refusing): void {
    try {
      if (this.#set(key, value, room)) return;
    } catch {}
    scope?.refused('attribute');
  }

  /** Never throws. */
  setAll(attributes: Attributes | undefined, room: Room, scope?: Refusing): void {
    if (typeof attributes !== 'object' || attributes === null) return;
    try {
      // A getter among them may throw. Those before it stay.
      const inherits = isInherited();
      for (const key in attributes) {
        if (inherits && !Object.hasOwn(attributes, key)) continue;
        this.set(key, attributes[key], room, scope);
      }
    } catch {
      scope?.refused('attribute');
    }
  }

  /** @returns whether the value was sound */
  #set(key: unknown, value: unknown, room: Room): boolean {
    if (value == null) return true;
    if (typeof key !== 'string' || key === '') return false;
    const sound = soundAttribute(value);
    if (sound === undefined) return false;
    const entries = this.#entries;
    const name = cut(key);
    let at = 0;
    while (at < entries.length && entries[at] !== name) at += 2;
    const isNew = at === entries.length;
    // A value that takes the place of another needs only what that had not.
    const more = sizeOf(sound) + (isNew ? name.length : -sizeOf(entries[at + 1]));
    if ((isNew && at >= 2 * MAX_ATTRIBUTES) || more > room.left) {
      this.dropped++;
      return true;
    }
    room.left -= more;
    this.size += more;
    if (isNew) entries.push(name, sound);
    else entries[at + 1] = sound;
    return true;
  }

  /** Writes all attributes. */
  write(to: SpanWriter): void {
    const entries = this.#entries;
    for (let i = 0; i < entries.length; i += 2) to.attribute(entries[i] as string, entries[i + 1]);
  }

  /** Returns the attributes as an object. */
  toObject(): Record<string, AttributeValue> {
    const pairs = this.#entries.flatMap((key, i) =>
      i % 2 === 0 ? [[key, this.#entries[i + 1]] as const] : [],
    );
    return Object.fromEntries(pairs);
  }
}

/** Returns those that a span would take. */
export function soundAttributes(attributes: Attributes | undefined): Attributes {
  const list = new AttributeList();
  list.setAll(attributes, { left: MAX_CONTENT });
  return list.toObject();
}

/** Returns a value as it is now; `undefined` if OpenTelemetry knows no such value. */
function soundAttribute(value: unknown): SoundValue {
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
