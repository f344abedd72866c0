import { describe, expect, it } from 'vitest';
import type { Expr } from '../../../src/promql/ast.ts';
import { parse } from '../../../src/promql/parse/parse.ts';
import { QueryError } from '../../../src/promql/query-error.ts';
import { meaningOf } from './tree.ts';

const errorOf = (query: string): QueryError => {
  try {
    parse(query);
  } catch (error) {
    if (error instanceof QueryError) return error;
  }
  throw new Error('no QueryError');
};

/** The text of each part that is an expression, with its kind. */
function partsOf(query: string): string[] {
  const parts: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { kind, start, end } = node as Expr;
    if (kind) parts.push(`${kind}: ${query.slice(start, end)}`);
    for (const value of Object.values(node)) visit(value);
  };
  visit(parse(query, { experimental: true }));
  return parts;
}

describe('the parser', () => {
  it.each([
    ['-1 ^ 2', '-(1 ^ 2)'],
    ['-a * b', '(-a) * b'],
    ['2 ^ -a * b', '(2 ^ (-a)) * b'],
    ['a ^ b ^ c', 'a ^ (b ^ c)'],
    ['a - b - c', '(a - b) - c'],
    ['a + b * c', 'a + (b * c)'],
    ['a * b atan2 c', '(a * b) atan2 c'],
    ['a < b + c', 'a < (b + c)'],
    ['a or b and c unless d', 'a or ((b and c) unless d)'],
    ['a and b == c or d', '(a and (b == c)) or d'],
    ['a + b offset 5m', 'a + (b offset 5m)'],
    ['-a offset 5m', '-(a offset 5m)'],
    ['a offset 5m + 3', '(a offset 5m) + 3'],
    ['a offset step() * 2', '(a offset step()) * 2'],
    ['a offset -(5m) * 2', '(a offset -(5m)) * 2'],
    ['sum(a)[5m:] offset 1m', '(sum(a))[5m:] offset 1m'],
  ])('reads %s as %s', (query, meant) => {
    const withoutParens = (tree: unknown): unknown => {
      if (Array.isArray(tree)) return tree.map(withoutParens);
      if (typeof tree !== 'object' || tree === null) return tree;
      if ('kind' in tree && tree.kind === 'paren' && 'expr' in tree)
        return withoutParens(tree.expr);
      return Object.fromEntries(Object.entries(tree).map(([k, v]) => [k, withoutParens(v)]));
    };
    const one = withoutParens(meaningOf(query));
    expect(one).toEqual(withoutParens(meaningOf(meant)));
  });

  it.each([
    ['0x1F', 31],
    ['017', 15],
    ['018', 18],
    ['1_000.5', 1000.5],
    ['1e3', 1000],
    ['5.', 5],
    ['.5', 0.5],
    ['iNf', Infinity],
    ['-inf', -Infinity],
    ['NaN', Number.NaN],
    ['9223372036854775808', 2 ** 63],
    ['+-+5', -5],
    ['1h30m', 5400],
    ['-1y2w3d4h5m6s7ms', -33019506.007],
  ])('reads the number %s', (text, value) => {
    expect(parse(text)).toMatchObject({ kind: 'number', value, isDuration: /[ym]/.test(text) });
  });

  it.each([
    [`"a\\tb\\"c'"`, `a\tb"c'`],
    [`'it\\'s "so"'`, `it's "so"`],
    ['`a\\n\n`', 'a\\n\n'],
    [String.raw`"\a\b\f\n\r\t\v\\"`, '\x07\b\f\n\r\t\v\\'],
    [String.raw`"\x41\101\u00e9\U0001F600"`, 'AAé😀'],
    [String.raw`"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"`, 'é€😀'],
    // Bytes that are no UTF-8 stay apart from all characters.
    [String.raw`"a\xffé\303"`, 'a\udcffé\udcc3'],
    [String.raw`"\xe0\x80\x80|\xed\xa0\x80"`, '\udce0\udc80\udc80|\udced\udca0\udc80'],
    [String.raw`"\xf4\x90\x80\x80|\xf8\xc3"`, '\udcf4\udc90\udc80\udc80|\udcf8\udcc3'],
    [String.raw`"\\xff"`, '\\xff'],
  ])('reads the string %s', (text, value) => {
    expect(parse(text)).toMatchObject({ kind: 'string', value });
  });

  it('reads selectors', () => {
    expect(meaningOf('up{job="a",code!~"5..",} @ 12.3456 offset -5m')).toEqual({
      kind: 'vector-selector',
      name: 'up',
      matchers: [
        { name: '__name__', op: '=', value: 'up' },
        { name: 'code', op: '!~', value: '5..' },
        { name: 'job', op: '=', value: 'a' },
      ],
      offset: '-300000',
      at: '12346',
    });
    expect(meaningOf('{"up", "a b"=~"c"}')).toMatchObject({
      name: '',
      matchers: [
        { name: '__name__', op: '=', value: 'up' },
        { name: 'a b', op: '=~', value: 'c' },
      ],
    });
    expect(meaningOf('up[90] smoothed offset 1m @ end()')).toMatchObject({
      kind: 'matrix-selector',
      selector: { name: 'up', modifier: 'smoothed', offset: '60000', at: 'end' },
      range: '90000',
    });
  });

  it('keeps keywords as names', () => {
    for (const name of [
      'sum',
      'by',
      'without',
      'offset',
      'and',
      'start',
      'fill',
      'step',
      'min_of',
    ]) {
      expect(parse(`${name}{a="b"}`)).toMatchObject({ kind: 'vector-selector', name });
      expect(parse(`${name} + 1`)).toMatchObject({ left: { name } });
    }
  });

  it('rounds durations to whole milliseconds as Go does', () => {
    const rangeOf = (text: string) => (parse(`up[${text}]`) as { range?: unknown }).range;
    expect(['4.018', '1.0019999', '0.0009', '1.0000000006'].map(rangeOf)).toEqual([
      4018, 1001, 0, 1000,
    ]);
  });

  it('reads aggregations and matching', () => {
    expect(meaningOf('topk by (a, "b c",) (3, x)')).toEqual(meaningOf('TOPK(3, x) BY (a, "b c")'));
    expect(meaningOf('sum without () (x)')).toMatchObject({ without: true, grouping: [] });
    expect(meaningOf('a / on (b) group_left (c, d) e')).toMatchObject({
      matching: { cardinality: 'many-to-one', on: true, labels: ['b'], include: ['c', 'd'] },
    });
    expect(meaningOf('a / ignoring (b) group_right e')).toMatchObject({
      matching: { cardinality: 'one-to-many', on: false, labels: ['b'], include: [] },
    });
    expect(meaningOf('a + fill_right(1) fill_left(-2) b')).toMatchObject({
      matching: { cardinality: 'one-to-one', fillLeft: '-2', fillRight: '1' },
    });
    expect(meaningOf('a and b')).toMatchObject({ matching: { cardinality: 'many-to-many' } });
    for (const query of ['1 + 2', 'a + 2', '2 > a']) {
      expect(meaningOf(query)).not.toHaveProperty('matching');
    }
  });

  it('knows the place of each part', () => {
    const rate = 'rate(up{"ü"="é"}[5m] offset 1m)';
    const power = '2 ^ (3 == bool a)';
    expect(partsOf(` sum by("é") (${rate}) > - ${power} # `)).toEqual([
      `binary: sum by("é") (${rate}) > - ${power}`,
      `aggregate: sum by("é") (${rate})`,
      `call: ${rate}`,
      'matrix-selector: up{"ü"="é"}[5m] offset 1m',
      'vector-selector: up{"ü"="é"}',
      `unary: - ${power}`,
      `binary: ${power}`,
      'number: 2',
      'paren: (3 == bool a)',
      'binary: 3 == bool a',
      'number: 3',
      'vector-selector: a',
    ]);
  });

  it('refuses what is experimental unless it may be used', () => {
    const queries = [
      'info(a)',
      'limitk(1, a)',
      'a[5m] anchored',
      'a smoothed',
      'a + fill(0) b',
      'step()',
    ];
    for (const query of queries) {
      expect(() => parse(query)).toThrow(/not enabled|must be enabled/);
      expect(parse(query, { experimental: true })).toBeTruthy();
    }
    expect(parse('a[step() + min_of(5m, range())]')).toBeTruthy();
  });
});

describe('an error', () => {
  it('has a kind, a position in bytes and a span in characters', () => {
    expect(errorOf('"é€😀" +\n "é" + a[')).toMatchObject({
      kind: 'parse',
      message: 'unexpected end of input in duration expression',
      position: { line: 2, column: 11 },
      span: { start: 18, end: 18 },
    });
    expect(errorOf('rate(up)')).toMatchObject({ kind: 'type', position: { line: 1, column: 6 } });
    expect(errorOf('sum(a, b)')).toMatchObject({ kind: 'type' });
    expect(errorOf('')).toMatchObject({ kind: 'parse', position: undefined });
  });

  it('does not come of names that every object has', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(errorOf(`${name}(a)`).message).toBe(`unknown function with name "${name}"`);
      expect(parse(`${name} + ${name}{${name}="x"}`)).toMatchObject({ kind: 'binary' });
    }
  });

  it('of what is no Unicode is that of the replacement character', () => {
    expect(errorOf('a \ud800').message).toBe("unexpected character: '\ufffd'");
    expect(errorOf('"\udc00"').message).toBe('invalid UTF-8 rune');
  });
});

describe('a query that is too much', () => {
  const deep = (open: string, close = '', inner = 'a', count = 100_000) =>
    open.repeat(count) + inner + close.repeat(count);

  it.each([
    ['parentheses', deep('(')],
    ['parentheses that end', deep('(', ')')],
    ['signs', deep('-')],
    ['signs of numbers', deep('- ', '', '1')],
    ['calls', deep('abs(', ')')],
    ['aggregations', deep('sum(', ')')],
    ['powers', deep('2^', '', '2')],
    ['sums', deep('a+')],
    ['comparisons', deep('a > ')],
    ['subqueries', deep('', '[5m:1m]')],
    ['durations in parentheses', `a[${deep('(', ')', '5m')}]`],
    ['signs of durations', `a[${deep('-', '', '5m')}]`],
    ['signs of offsets', `a offset ${deep('-', '', '5m')}`],
    ['powers of durations', `a[${deep('2^', '', '5m')}]`],
    ['sums of durations', `a[${deep('5m+', '', '5m')}]`],
    ['sums in parentheses', deep('(', ')', deep('a + ', '', 'a', 300), 300)],
    ['sums of durations in parentheses', `a[${deep('-(', ')', deep('5+', '', '5', 300), 200)}]`],
    ['calls in durations', `a[${deep('min_of(1,', ')', '5m', 50_000)}]`],
  ])('is refused: %s', (_, query) => {
    const error = errorOf(query);
    expect(error.kind).toBe('limit');
    expect(error.message).toBe('the query must be nested at most 500 levels deep');
    expect(error.position).toMatchObject({ line: 1 });
  });

  it('may be nested 500 levels deep', () => {
    expect(parse(deep('(', ')', 'a', 499))).toBeTruthy();
    expect(parse(deep('a + ', '', 'a', 499))).toBeTruthy();
    expect(errorOf(deep('a + ', '', 'a', 500)).kind).toBe('limit');
  });

  it('is refused if it is too long, and read if it is only long', () => {
    expect(errorOf('a'.repeat(1_000_001))).toMatchObject({
      kind: 'limit',
      message: 'the query must be at most 1000000 characters long',
    });
    const label = (i: number) => `l${i}="${i}"`;
    const long = `a{${Array.from({ length: 50_000 }, (_, i) => label(i)).join()}}`;
    expect((parse(long) as { matchers?: unknown[] }).matchers).toHaveLength(50_001);
  });
});
