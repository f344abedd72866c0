import { describe, expect, it } from 'vitest';
import { typeOf } from '../../../src/promql/expr-type.ts';
import { diagnose } from '../../../src/promql/parse/diagnose.ts';
import { parse } from '../../../src/promql/parse/parse.ts';

describe('the diagnosis of a query', () => {
  it.each([
    ['1 + 1', 'scalar'],
    ['up > 1', 'vector'],
    ['up[5m]', 'matrix'],
    ['sum(up)[5m:]', 'matrix'],
    ['"a"', 'string'],
    ['((time()))', 'scalar'],
    ['-rate(up[5m])', 'vector'],
  ])('of %s has no error, and it has its type', (query, type) => {
    expect(diagnose(query)).toEqual([]);
    expect(typeOf(parse(query))).toBe(type);
  });

  it('has the first error of the syntax, with its place for editors', () => {
    expect(diagnose('"é" +\n  sum(up]')).toEqual([
      { message: "unexpected right bracket ']'", line: 2, column: 9, start: 14, end: 15 },
    ]);
  });

  it('has all errors of types', () => {
    expect(diagnose('rate(up) + 1 > 2 or abs("x")')).toEqual([
      {
        message: 'expected type range vector in call to function "rate", got instant vector',
        line: 1,
        column: 6,
        start: 5,
        end: 7,
      },
      {
        message: 'expected type instant vector in call to function "abs", got string',
        line: 1,
        column: 25,
        start: 24,
        end: 27,
      },
    ]);
  });

  it('has no more errors than anybody reads', () => {
    const query = `label_join(up, "a", "b"${', up'.repeat(5000)})`;
    expect(diagnose(query)).toHaveLength(100);
  });

  it('of an empty query is at its beginning', () => {
    const errors = [
      { message: 'no expression found in input', line: 1, column: 1, start: 0, end: 0 },
    ];
    expect(diagnose('')).toEqual(errors);
    expect(diagnose(' # only a comment\n')).toEqual(errors);
  });

  it('tells of limits', () => {
    expect(diagnose('('.repeat(1000))).toMatchObject([
      { message: 'the query must be nested at most 500 levels deep', column: 501 },
    ]);
    expect(diagnose(' '.repeat(2e6))).toHaveLength(1);
  });

  it('may allow what is experimental', () => {
    expect(diagnose('max_of(1, 2)')).toHaveLength(1);
    expect(diagnose('max_of(1, 2)', { experimental: true })).toEqual([]);
  });
});
