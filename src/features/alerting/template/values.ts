import { shortNumberText } from '../../../promql/number-text.ts';

/**
 * What an expression of a template may be: nothing, Go's bool, int (a bigint), float64 and string, a map, a
 * struct, or a list of structs.
 */
export type Value = undefined | boolean | bigint | number | string | GoMap | Struct | List;

/** A map with texts as keys. What is asked for is never looked up in an object, whose prototype has names, too. */
export class GoMap {
  readonly type: string;
  readonly entries: ReadonlyMap<string, Value>;
  /** What a key has that is missing. */
  readonly missing: Value;

  constructor(type: string, entries: ReadonlyMap<string, Value>, missing: Value) {
    this.type = type;
    this.entries = entries;
    this.missing = missing;
  }
}

export class Struct {
  readonly type: string;
  readonly fields: ReadonlyMap<string, Value>;
  /** How it is printed, if not by its fields. */
  readonly text?: string | undefined;

  constructor(type: string, fields: ReadonlyMap<string, Value>, text?: string) {
    this.type = type;
    this.fields = fields;
    this.text = text;
  }
}

export type List = readonly Struct[];

export const isList = (value: Value): value is List => Array.isArray(value);

/** The name of the type in Go, for errors. */
export function typeOf(value: Value): string {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float64';
    case 'string':
      return 'string';
    case 'undefined':
      return '<nil>';
  }
  return isList(value) ? 'template.queryResult' : value.type;
}

/** Tells whether a value counts as true: it is not zero, and not empty. */
export function isTrue(value: Value): boolean {
  if (value instanceof GoMap) return value.entries.size > 0;
  if (isList(value)) return value.length > 0;
  return Number.isNaN(value) || !!value;
}

/**
 * Returns a value as Go's fmt package prints it. `show` prints what maps, structs and lists consist of; by
 * default as `%v`.
 */
export function textOf(value: Value, show: (value: Value) => string = textOf): string {
  switch (typeof value) {
    case 'undefined':
      return '<nil>';
    case 'number':
      return shortNumberText(value);
    case 'object':
      break;
    default:
      return String(value);
  }
  if (value instanceof GoMap) {
    const names = [...value.entries.keys()].sort(compareText);
    return `map[${names.map((name) => `${show(name)}:${show(value.entries.get(name))}`).join(' ')}]`;
  }
  if (isList(value)) return `[${value.map((one) => show(one)).join(' ')}]`;
  return value.text ?? `{${[...value.fields.values()].map((one) => show(one)).join(' ')}}`;
}

/** Compares as Go does: by bytes. Code points are in the same order. */
export function compareText(one: string, other: string): number {
  const a = [...one];
  const b = [...other];
  const at = a.findIndex((char, i) => char !== b[i]);
  if (at < 0) return a.length - b.length;
  return at < b.length ? a[at]!.codePointAt(0)! - b[at]!.codePointAt(0)! : 1;
}
