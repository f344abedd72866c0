import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../../../src/promql/parse/parse.ts';
import { printed } from '../../../src/promql/parse/print.ts';
import { meaningOf } from './tree.ts';

const duration = fc.constantFrom('5m', '90', '1d12h', '0.5', '2*step()', '(1m+step())*2', '2^3');
const label = fc.constantFrom('job', 'le', '"a b"', '"é"', 'by', 'on');
const value = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '"', '\\', '\n', '\ufeff', '\u200b'))
  .map((text) => JSON.stringify(text.replaceAll('\ufffd', '')));
const labels = fc.array(label, { maxLength: 3 }).map((names) => `(${names.join()})`);
const matchers = fc
  .array(fc.tuple(label, fc.constantFrom('=', '!='), value), { maxLength: 3 })
  .map((list) => `{${['a="x"', ...list.map((parts) => parts.join(''))].join()}}`);
const time = fc.constantFrom(
  '',
  ' offset 5m',
  ' offset -(step())',
  ' @ 12.5',
  ' @ end() offset 1w',
);
const selector = fc
  .tuple(fc.constantFrom('up', 'a:b', 'sum', ''), matchers)
  .map(([name, list]) => name + list);
const number = fc.oneof(
  fc.double({ noDefaultInfinity: true }).map(String),
  fc.constantFrom('NaN', 'Inf', '-Inf', '-0', '5m', '0x1f', '1e-300', '1e300'),
);
const binary = fc.constantFrom(...'+ - * / % atan2 > < == != >= <= ^'.split(' '), '> bool');
const matching = fc.oneof(
  fc.constant(''),
  fc.tuple(fc.constantFrom('on', 'ignoring'), labels).map((parts) => parts.join('')),
  labels.map((list) => `ignoring(zzz) group_left${list}`),
  labels.map((list) => `on(zzz) group_right${list}`),
  fc.constantFrom('fill(0)', 'fill_left(-1) fill_right(NaN)', 'fill_right(1e30)'),
);

const { vector } = fc.letrec<{ vector: string; matrix: string; scalar: string }>((tie) => ({
  scalar: fc.oneof(
    { maxDepth: 3 },
    number,
    fc.tuple(tie('scalar'), tie('scalar')).map(([a, b]) => `(${a}) + -(${b})`),
    tie('vector').map((inner) => `scalar(${inner})`),
  ),
  matrix: fc.oneof(
    { maxDepth: 3 },
    fc
      .tuple(selector, duration, fc.constantFrom('', ' anchored', ' smoothed'), time)
      .map(([of, range, more, at]) => `${of}[${range}]${more}${at}`),
    fc
      .tuple(tie('vector'), duration, fc.oneof(fc.constant(''), duration), time)
      .map(([of, range, step, at]) => `(${of})[${range}:${step}]${at}`),
  ),
  vector: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(selector, time).map((parts) => parts.join('')),
    tie('matrix').map((inner) => `rate(${inner})`),
    fc.tuple(value, tie('vector')).map(([text, of]) => `label_join(${of}, "a", ${text})`),
    fc
      .tuple(fc.constantFrom('by', 'without'), labels, tie('vector'))
      .map(([word, list, of]) => `sum ${word} ${list} (${of})`),
    fc.tuple(tie('scalar'), tie('vector')).map(([n, of]) => `topk(${n}, ${of})`),
    fc
      .tuple(tie('vector'), binary, matching, tie('vector'))
      .map(([one, op, how, other]) => `(${one}) ${op} ${how} -(${other})`),
    fc.tuple(tie('vector'), binary, tie('vector')).map(([a, op, b]) => `${a} ${op} -${b}`),
    fc
      .tuple(tie('vector'), fc.constantFrom('and', 'or', 'unless'), labels, tie('vector'))
      .map(([one, op, list, other]) => `${one} ${op} on ${list} ${other}`),
    fc.tuple(tie('scalar'), tie('vector')).map(([n, of]) => `(${n}) * ${of}`),
  ),
}));

describe('what is printed', () => {
  it('means the same', () => {
    fc.assert(
      fc.property(vector, (query) => {
        const text = printed(parse(query, { experimental: true }));
        expect(meaningOf(text)).toEqual(meaningOf(query));
        expect(printed(parse(text, { experimental: true }))).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it('has bytes that are no UTF-8 as they were written', () => {
    expect(printed(parse(String.raw`"\xff\303é"`))).toBe(String.raw`"\xff\xc3é"`);
  });

  it('has the text of a regular expression, and names that need quotes in quotes', () => {
    const query = String.raw`{"a b"=~"\\d+|\"x\"", "up"}`;
    expect(printed(parse(query))).toBe(String.raw`{"a b"=~"\\d+|\"x\"",__name__="up"}`);
  });
});
