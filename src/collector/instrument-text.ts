import { INSTRUMENT_FLAGS } from '../kinds/instrument-labels.ts';
import { type Attribute, type AttributeValue, type Instrument, isListOf } from '../model.ts';
import { wellFormed } from '../platform/realm.ts';

/** How deep lists may be in lists. */
const MOST_DEPTH = 4;

const isText = (value: unknown) => typeof value === 'string';

/** Returns what the label of an instrument says, as `INSTRUMENT_LABELS` has it; `undefined` if it says nothing. */
export function readInstrument(text: string): Instrument | undefined {
  const list = parsed(text);
  if (!Array.isArray(list) || list.length !== 8) return undefined;
  const [name, unit, description, flags, ...scope] = list as unknown[];
  const attributes = attributesIn(scope[3]);
  const texts = [name, unit, description, ...scope.slice(0, 3)];
  if (!isListOf(isText, texts) || typeof flags !== 'number' || !attributes) return undefined;
  const [, , , scopeName, version, schemaUrl] = texts as string[];
  return {
    name: texts[0] as string,
    unit: texts[1] as string,
    description: texts[2] as string,
    isInteger: (flags & INSTRUMENT_FLAGS.integer) !== 0,
    isSum: (flags & INSTRUMENT_FLAGS.sum) !== 0,
    isResource: (flags & INSTRUMENT_FLAGS.resource) !== 0,
    scope: { name: scopeName!, version: version!, schemaUrl: schemaUrl!, attributes },
  };
}

/** Returns what the label of attributes says; `undefined` if it says nothing. */
export const readAttributes = (text: string): readonly Attribute[] | undefined =>
  attributesIn(parsed(text));

function attributesIn(list: unknown): Attribute[] | undefined {
  if (!Array.isArray(list) || list.length % 2 !== 0) return undefined;
  const attributes: Attribute[] = [];
  for (let i = 0; i < list.length; i += 2) {
    const [key, value] = [list[i], list[i + 1]];
    if (typeof key !== 'string' || !isAttributeValue(value)) return undefined;
    attributes.push([key, value]);
  }
  return attributes;
}

function isAttributeValue(value: unknown, depth = 0): value is AttributeValue {
  if (Array.isArray(value)) {
    return depth < MOST_DEPTH && value.every((one) => isAttributeValue(one, depth + 1));
  }
  return isText(value) || typeof value === 'number' || typeof value === 'boolean';
}

/** A thread may have written anything. Receivers refuse a request with half a character in it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text, (_, value) => (typeof value === 'string' ? wellFormed(value) : value));
  } catch {
    return undefined;
  }
}
