import { parseDuration } from './duration.ts';
import type { Place, YamlNode } from './yaml-node.ts';

/** Tells what is wrong at a place. */
export type Complain = (message: string, place: Place) => void;

/** Reads a value of a field. What is no such value is told, and then something empty is returned. */
export type Reader<T> = (node: YamlNode, field: string, complain: Complain) => T;

/** What a struct of Go has as fields, and how each is read. */
export type Fields<T> = { readonly [K in keyof T]-?: Reader<T[K]> };

/** What was read of a mapping, and where each field that was given stands. */
export type Read<T> = Partial<T> & { readonly places: Readonly<Record<string, Place>> };

const isNull = (node: YamlNode) =>
  node.kind === 'scalar' && node.isPlain && /^(~|null|Null|NULL|)$/.test(node.text);
const INTEGER = /^[-+]?(0x[\da-f_]+|0o?[0-7_]+|0b[01_]+|[\d_]+|[\d_]*\.?[\d_]+(e[-+]?\d+)?)$/i;

/** Reads texts. As in Go, a number is a text as well, and null is none. */
export const text: Reader<string> = (node, field, complain) => {
  if (isNull(node)) return '';
  if (node.kind === 'scalar') return node.text;
  complain(`${field} must be a text, not a ${node.kind}`, node);
  return '';
};

export const duration: Reader<number> = (node, field, complain) => {
  if (isNull(node)) return 0;
  try {
    return parseDuration(text(node, field, complain));
  } catch (error) {
    complain(`${field}: ${(error as Error).message}`, node);
    return 0;
  }
};

export const integer: Reader<number> = (node, field, complain) => {
  if (isNull(node)) return 0;
  if (node.kind === 'scalar' && node.isPlain && INTEGER.test(node.text)) {
    const plain = node.text.replaceAll('_', '').replace(/^([-+]?)0(?=[0-7]+$)/, '$10o');
    const sign = plain.startsWith('-') ? -1 : 1;
    const value = sign * Number(plain.replace(/^[-+]/, ''));
    if (Number.isSafeInteger(Math.trunc(value))) return Math.trunc(value);
  }
  complain(`${field} must be a whole number`, node);
  return 0;
};

export const texts: Reader<Readonly<Record<string, string>>> = (node, field, complain) => {
  const read: Record<string, string> = Object.create(null);
  for (const [name, value] of entriesOf(node, field, complain)) {
    read[name] = text(value, `${field}: ${name}`, complain);
  }
  return read;
};

/** Reads lists. As in Go, an item that is null is none. */
export const list: Reader<readonly YamlNode[]> = (node, field, complain) => {
  if (isNull(node)) return [];
  if (node.kind === 'list') return node.items.filter((one) => !isNull(one));
  complain(`${field} must be a list, not a ${node.kind}`, node);
  return [];
};

/** Reads a mapping that may have these fields and no others. */
export function read<T extends object>(
  node: YamlNode,
  what: string,
  fields: Fields<T>,
  complain: Complain,
): Read<T> {
  const places: Record<string, Place> = {};
  const result = { places } as Record<string, unknown>;
  for (const [name, value] of entriesOf(node, what, complain)) {
    if (Object.hasOwn(fields, name)) {
      result[name] = fields[name as keyof T](value, name, complain);
      places[name] = { line: value.line, column: value.column };
    } else {
      const known = Object.keys(fields).join(', ');
      complain(`${what} has no field "${name.slice(0, 64)}"; there are ${known}`, value);
    }
  }
  return result as Read<T>;
}

/** Returns the entries of a mapping, with what `<<` merges into it. */
function entriesOf(node: YamlNode, what: string, complain: Complain): Map<string, YamlNode> {
  const merged = new Map<string, YamlNode>();
  const own = new Map<string, YamlNode>();
  if (isNull(node)) return own;
  if (node.kind !== 'mapping') {
    complain(`${what} must be a mapping, not a ${node.kind === 'list' ? 'list' : 'text'}`, node);
    return own;
  }
  for (const [key, value] of node.entries) {
    const isMerge = key.kind === 'scalar' && key.isPlain && key.text === '<<';
    if (isMerge) {
      for (const one of value.kind === 'list' ? value.items : [value]) {
        for (const [name, other] of entriesOf(one, '<<', complain)) {
          if (!merged.has(name)) merged.set(name, other);
        }
      }
      continue;
    }
    const name = text(key, `a name in ${what}`, complain);
    if (own.has(name)) complain(`"${name}" is given twice`, key);
    else own.set(name, value);
  }
  return new Map([...merged, ...own]);
}
