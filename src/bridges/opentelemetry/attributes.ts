import { textHash } from '../../bytes/text-hash.ts';

/** The most characters that the text of a set may have, less than what a label value may. */
const MOST_TEXT = 2000;
/** The most attributes of a set, and the most items of a list. */
const MOST = 128;
/** How deep lists may be in lists. */
const DEPTH = 3;
/** What OpenTelemetry calls the set that takes what is too much. */
export const OVERFLOW = '["otel.metric.overflow",true]';

/** Returns the JSON of a list. Scripts may have changed how arrays are written, but not how texts are. */
export const listText = (items: readonly string[]): string => `[${items.join()}]`;

/**
 * Returns attributes as the text of `INSTRUMENT_LABELS`. It is the same for the same attributes in another order.
 * What is no attribute value is left out, and objects become text. A set that is too large has its longest values cut,
 * and if that is not enough, it is the overflow set.
 * @throws what a getter of the attributes throws
 */
export function attributesText(attributes: unknown): string {
  const given = Object(attributes) as Readonly<Record<string, unknown>>;
  const keys = Object.keys(given).sort();
  for (let most = MOST_TEXT; most > 8 && keys.length <= MOST; most /= 4) {
    const items: string[] = [];
    for (const key of keys) {
      const value = valueText(given[key], most, 0);
      if (value) items.push(JSON.stringify(key), value);
    }
    const text = listText(items);
    if (text.length <= MOST_TEXT) return text;
  }
  return OVERFLOW;
}

/**
 * Returns the JSON of a value; none if it is no value.
 * @param most the most characters of each text in it
 */
function valueText(value: unknown, most: number, depth: number): string | undefined {
  const type = typeof value;
  if (type === 'boolean' || Number.isFinite(value)) return `${value}`;
  if (/^[snb]/.test(type) && type !== 'symbol') return cut(`${value}`, most);
  if (Array.isArray(value) && depth < DEPTH) {
    const items = value.slice(0, MOST).map((item) => valueText(item, most, depth + 1) ?? '""');
    const text = listText(items);
    // A long list is a text, which can be cut.
    return text.length > most ? cut(text, most) : text;
  }
  try {
    // This has no text if it contains itself, or is no object.
    return value === null ? undefined : cut(JSON.stringify(value), most);
  } catch {
    return undefined;
  }
}

/** Returns the JSON of a text. Texts that differ only past the cut stay apart. */
function cut(text: string, most: number): string {
  if (text.length <= most) return JSON.stringify(text);
  return JSON.stringify(`${text.slice(0, most)}…#${textHash(text).toString(16)}`);
}
