import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { MAX_CONTENT, MAX_ITEMS, MAX_TEXT } from '../../../features/traces/span-batch.ts';
import type { Scalar, SoundValue, SpanWriter } from '../../../features/traces/span-writer.ts';
import { isInherited } from '../../../platform/realm.ts';
import { DEFAULT_LIMITS, type SpanLimits } from './limits.ts';

/** Most spans have no more entries. An empty array would get room for 17 with the first one. */
const USUAL = 8;

/** Who takes what a span is given. */
export interface Taking {
  /** How much a span may have. */
  readonly limits: SpanLimits;
  /** Counts what was given and is of no use. */
  refused(what: string): void;
}

/** What a span may still take. Its events and links take from it, too. */
export interface Room {
  /** How much more text it may hold, in UTF-16 units. */
  left: number;
  /** Who records it. */
  readonly scope: Taking;
}

/** The attributes of a span, or of one of its events or links, as they were when they were set. */
export class AttributeList {
  /** Each key, and then its value. Spans have few attributes, so one list takes less time than a `Map`. */
  readonly #entries: SoundValue[] = new Array(USUAL);
  #end = 0;
  /** How many had no room. */
  dropped = 0;
  /** How much room they take. */
  size = 0;

  /** How many attributes there are. */
  get count(): number {
    return this.#end / 2;
  }

  /** Takes no more than `most`. Never throws. */
  set(key: unknown, value: unknown, most: number, room: Room): void {
    if (value == null) return;
    const { limits } = room.scope;
    const isNamed = typeof key === 'string' && key !== '';
    const sound = isNamed ? soundAttribute(value, limits.text) : undefined;
    if (sound === undefined) {
      room.scope.refused('attribute');
      return;
    }
    const entries = this.#entries;
    const name = cut(key as string);
    let at = 0;
    while (at < this.#end && entries[at] !== name) at += 2;
    const isNew = at === this.#end;
    // A value that takes the place of another needs only what that had not.
    const more = sizeOf(sound) + (isNew ? name.length : -sizeOf(entries[at + 1]));
    if ((isNew && at >= 2 * most) || more > room.left) {
      this.dropped++;
      return;
    }
    room.left -= more;
    this.size += more;
    entries[at] = name;
    entries[at + 1] = sound;
    if (isNew) this.#end += 2;
  }

  /** Takes no more than `most`. Never throws. */
  setAll(attributes: Attributes | undefined, most: number, room: Room): void {
    if (typeof attributes !== 'object' || attributes === null) return;
    try {
      // A getter among them may throw. Those before it stay.
      const prototype: unknown = Object.getPrototypeOf(attributes);
      const inherits = (prototype && prototype !== Object.prototype) || isInherited();
      for (const key in attributes) {
        if (inherits && !Object.hasOwn(attributes, key)) continue;
        this.set(key, attributes[key], most, room);
      }
    } catch {
      room.scope.refused('attribute');
    }
  }

  /** Writes all attributes. */
  write(to: Pick<SpanWriter, 'attribute'>): void {
    const entries = this.#entries;
    for (let i = 0; i < this.#end; i += 2) to.attribute(entries[i] as string, entries[i + 1]);
  }

  /** Returns the attributes as an object. */
  toObject(): Record<string, AttributeValue> {
    const pairs: (readonly [string, unknown])[] = [];
    this.write({ attribute: (...pair) => pairs.push(pair) });
    return Object.fromEntries(pairs) as Record<string, AttributeValue>;
  }
}

/** Returns those that a span without limits of its own would take. */
export function soundAttributes(attributes: Attributes | undefined): Attributes {
  const list = new AttributeList();
  const scope = { limits: DEFAULT_LIMITS, refused() {} };
  list.setAll(attributes, DEFAULT_LIMITS.attributes, { left: MAX_CONTENT, scope });
  return list.toObject();
}

/** Returns a value as it is now; `undefined` if OpenTelemetry knows no such value. Never throws. */
function soundAttribute(value: unknown, longest: number): SoundValue {
  if (typeof value === 'string') return cut(value, longest);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  try {
    return Array.isArray(value) ? soundItems(value, longest) : undefined;
  } catch {
    return undefined; // a proxy, or a getter among the items
  }
}

/** All items have one type, or are nothing. */
function soundItems(value: readonly unknown[], longest: number): readonly Scalar[] | undefined {
  const items = value.slice(0, MAX_ITEMS);
  const first = typeof items.find((item) => item != null);
  const isKnown = ['string', 'number', 'boolean', 'undefined'].includes(first);
  const isSound = isKnown && items.every((item) => item == null || typeof item === first);
  return isSound ? (items.map((item) => cut(item, longest)) as Scalar[]) : undefined;
}

/** Cuts what is a text, and too long. */
export const cut = <T>(value: T, longest = MAX_TEXT): T =>
  typeof value === 'string' && value.length > longest ? (value.slice(0, longest) as T) : value;

/** How many characters it has, roughly. */
const sizeOf = (value: SoundValue): number =>
  typeof value === 'string'
    ? value.length + 1
    : typeof value === 'object'
      ? String(value).length + 1
      : 1;
