import type { Language } from '../../../promql/language.ts';
import { durationOf } from '../../../promql/parse/durations.ts';
import { quoted } from '../../../promql/quoted.ts';
import type { SearchLimits } from '../../../promql/regex/search.ts';
import { isEqual, isLess } from './comparison.ts';
import { escapeHtml, escapeQuery, escapeScript } from './escapes.ts';
import { stripDomain, stripPort } from './hosts.ts';
import {
  humanize,
  humanize1024,
  humanizeDuration,
  humanizePercentage,
  humanizeTimestamp,
} from './humanize.ts';
import { lengthOf, partAt, sliceOf } from './parts.ts';
import { sprint, sprintf } from './printf.ts';
import {
  compareText,
  GoMap,
  isTrue,
  type List,
  type Struct,
  textOf,
  typeOf,
  type Value,
} from './values.ts';

/** What functions know of the alert. */
export interface Surroundings {
  /** Seconds since 1970. */
  readonly now: number;
  readonly externalURL: string;
  readonly compileSearch: Language['compileSearch'];
  /** What all searches with regular expressions may do together. */
  readonly searchLimits: SearchLimits;
  query(expression: string): List;
}

export interface TemplateFunction {
  /**
   * The types of the arguments: `s`tring, `v` for any value, `l`ist of samples, sa`m`ple. With a star the last
   * may be there any number of times.
   */
  readonly takes: string;
  /** Whether it writes all of its arguments. */
  readonly writes: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: what is passed is checked against `takes`.
  call(around: Surroundings, ...args: any[]): Value;
}

type Call = TemplateFunction['call'];
const ofNumber =
  (show: (value: number) => string): Call =>
  (_, value: Value) =>
    show(toFloat(value));
const ofText =
  (change: (text: string) => string): Call =>
  (_, text: string) =>
    change(text);
const escaping =
  (escaped: (text: string) => string): Call =>
  (_, ...args: Value[]) =>
    escaped(args.length === 1 && args[0] === undefined ? '<no value>' : sprint(args));
/** Upper and lower case of one code point only, as in Go. */
const eachChar = (text: string, change: (char: string) => string) =>
  Array.from(text, (char) => (Array.from(change(char)).length === 1 ? change(char) : char)).join(
    '',
  );
const link = (tab: number): Call =>
  ofText((expression) => `/graph?g0.expr=${escapeQuery(expression)}&g0.tab=${tab}`);

/** Each with its arguments. `and` and `or` are left out, since they do not evaluate all of theirs. */
const TABLE: Readonly<Record<string, readonly [takes: string, call: Call]>> = {
  eq: ['vv*', (_, one, ...others) => isEqual(one, others)],
  ge: ['vv', (_, one, other) => !isLess(one, other)],
  gt: ['vv', (_, one, other) => !isLess(one, other) && !isEqual(one, [other])],
  le: ['vv', (_, one, other) => isLess(one, other) || isEqual(one, [other])],
  lt: ['vv', (_, one, other) => isLess(one, other)],
  ne: ['vv', (_, one, other) => !isEqual(one, [other])],
  not: ['v', (_, value) => !isTrue(value)],
  len: ['v', (_, value) => lengthOf(value)],
  index: ['vv*', (_, value, ...indices) => partAt(value, indices)],
  slice: ['vv*', (_, value, ...indices) => sliceOf(value, indices)],
  print: ['v*', (_, ...args) => sprint(args)],
  printf: ['sv*', (_, format, ...args) => sprintf(format, args)],
  println: ['v*', (_, ...args) => `${args.map((arg) => textOf(arg)).join(' ')}\n`],
  html: ['v*', escaping(escapeHtml)],
  js: ['v*', escaping(escapeScript)],
  urlquery: ['v*', escaping(escapeQuery)],

  query: ['s', (around, expression) => around.query(expression)],
  first: ['l', (_, list: List) => list[0] ?? raise('first() called on vector with no elements')],
  label: ['sm', (_, name: string, sample: Struct) => labelOf(sample, name)],
  value: ['m', (_, sample: Struct) => sample.fields.get('Value')],
  strvalue: ['m', (_, sample: Struct) => labelOf(sample, '__value__')],
  sortByLabel: [
    'sl',
    (_, name: string, list: List) =>
      [...list].sort((one, other) => compareText(labelOf(one, name), labelOf(other, name))),
  ],
  args: [
    'v*',
    (_, ...args) =>
      new GoMap(
        'map[string]interface {}',
        new Map(args.map((arg, i) => [`arg${i}`, arg])),
        undefined,
      ),
  ],
  reReplaceAll: [
    'sss',
    (around, pattern, replacement, text) =>
      searchFor(around, pattern).replaceAll(text, replacement),
  ],
  match: [
    'ss',
    (around, pattern, text) => around.compileSearch(pattern, around.searchLimits).found(text),
  ],
  safeHtml: ['s', ofText((text) => text)],
  title: ['s', ofText((text) => text.replace(WORD, (word) => eachFirst(word)))],
  toUpper: ['s', ofText((text) => eachChar(text, (char) => char.toUpperCase()))],
  toLower: ['s', ofText((text) => eachChar(text, (char) => char.toLowerCase()))],
  stripPort: ['s', ofText(stripPort)],
  stripDomain: ['s', ofText(stripDomain)],
  graphLink: ['s', link(0)],
  tableLink: ['s', link(1)],
  urlQueryEscape: ['s', ofText(escapeQuery)],
  humanize: ['v', ofNumber(humanize)],
  humanize1024: ['v', ofNumber(humanize1024)],
  humanizeDuration: ['v', ofNumber(humanizeDuration)],
  humanizePercentage: ['v', ofNumber(humanizePercentage)],
  humanizeTimestamp: ['v', ofNumber(humanizeTimestamp)],
  parseDuration: ['s', (_, text) => parseDuration(text)],
  now: ['', (around) => around.now],
  pathPrefix: ['', (around) => pathOf(around.externalURL)],
  externalURL: ['', (around) => around.externalURL],
};

const WRITERS = ['print', 'printf', 'println', 'html', 'js', 'urlquery'];

/** A word starts with a letter or digit; apostrophes and points within it do not end it. */
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}_'’.:]*/gu;
const eachFirst = (word: string) => {
  const first = String.fromCodePoint(word.codePointAt(0)!);
  return eachChar(first, (char) => char.toUpperCase()) + word.slice(first.length);
};

export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map(
  Object.entries(TABLE).map(([name, [takes, call]]) => [
    name,
    { takes, call, writes: WRITERS.includes(name) },
  ]),
);

function raise(message: string): never {
  throw new Error(message);
}

function labelOf(sample: Struct, name: string): string {
  return String((sample.fields.get('Labels') as GoMap).entries.get(name) ?? '');
}

function toFloat(value: Value): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string') throw new Error(`can't convert ${typeOf(value)} to float`);
  const special = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(value);
  if (special) return special[2] ? (special[1] === '-' ? -Infinity : Infinity) : Number.NaN;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value)) {
    throw new Error(`strconv.ParseFloat: parsing ${quoted(value)}: invalid syntax`);
  }
  const number = Number(value);
  if (!Number.isFinite(number)) {
    throw new Error(`strconv.ParseFloat: parsing ${quoted(value)}: value out of range`);
  }
  return number;
}

function searchFor({ compileSearch, searchLimits }: Surroundings, pattern: string) {
  try {
    return compileSearch(pattern, searchLimits);
  } catch (error) {
    throw new Error(`regexp: Compile(${sprintf('%#q', [pattern])}): ${(error as Error).message}`);
  }
}

const DURATION = /^-?(?:0|(?:\d+(?:ms|[ywdhms]))+)$/;

function parseDuration(text: string): number {
  if (text === '') throw new Error('empty duration string');
  if (!DURATION.test(text)) throw new Error(`not a valid duration string: ${quoted(text)}`);
  return text.startsWith('-') ? -durationOf(text.slice(1)) : durationOf(text);
}

function pathOf(url: string): string {
  return /^[^:/?#]+:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? url;
}
