/** Tests what the query view of the demo shows besides the plot. */
import { describe, expect, test } from 'vitest';
import { figure } from '../../demo/query/answer.ts';
import { offsetOf, problemsOf } from '../../demo/query/problem.ts';
import { seriesName, shortNames } from '../../demo/query/series-names.ts';

describe('the legend', () => {
  test.each([
    ['a value without labels', [{}], ['value']],
    ['a lone series', [{ __name__: 'x', a: '1' }], ['x{a="1"}']],
    [
      'one label that differs',
      [
        { kind: 'a', job: 'j' },
        { kind: 'b', job: 'j' },
      ],
      ['a', 'b'],
    ],
    [
      'several',
      [
        { a: '1', b: '1', c: '1' },
        { a: '2', b: '1', c: '2' },
      ],
      ['{a="1", c="1"}', '{a="2", c="2"}'],
    ],
    ['a label that one lacks', [{ a: '1' }, {}], ['1', '{}']],
    ['names', [{ __name__: 'x' }, { __name__: 'y' }], ['x', 'y']],
  ])('has the labels that matter: %s', (_, series, expected) => {
    expect(shortNames(series)).toEqual(expected);
  });

  test('a series has its name in full as in PromQL', () => {
    expect(seriesName({ __name__: 'x', a: 'say "hi"', b: '' })).toBe('x{a="say \\"hi\\"", b=""}');
  });
});

describe('the place of a fault', () => {
  test.each([
    ['rate(x)', 1, 6, 5],
    ['a +\nb c', 2, 3, 6],
    // Columns are bytes, of which these letters have two.
    ['{a="äö"} b', 1, 12, 9],
    ['a', 9, 9, 1],
  ])('%j, line %i, column %i', (text, line, column, offset) => {
    expect(offsetOf(text, line, column)).toBe(offset);
  });

  test('is a word where there is one', () => {
    const error = { message: 'no', position: { line: 1, column: 6 } };
    expect(problemsOf(error, 'rate(up_x)')).toEqual([{ message: 'no', start: 5, end: 9 }]);
  });

  test('is where the collector says, if it does', () => {
    const error = { message: 'no', position: { line: 1, column: 1 }, span: { start: 2, end: 4 } };
    expect(problemsOf(error, 'a + b')).toEqual([{ message: 'no', start: 2, end: 4 }]);
  });

  test('is nowhere if the worker has failed', () => {
    const problems = problemsOf(new Error('the worker has ended'), 'x');
    expect(problems).toEqual([{ message: 'the worker has ended' }]);
  });

  test('are all that the collector tells', () => {
    const errors = [
      { message: 'one', line: 1, column: 1, start: 0, end: 1 },
      { message: 'two', line: 1, column: 3, start: 2, end: 5 },
    ];
    expect(problemsOf({ message: 'one', errors }, 'a bcd')).toEqual([
      { message: 'one', start: 0, end: 1 },
      { message: 'two', start: 2, end: 5 },
    ]);
  });
});

test.each([
  [0, '0'],
  [12.3456, '12.35'],
  [9841, '9.841K'],
  [-0.03125, '-0.03125'],
  [0.000001234, '1.23e-6'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
])('shows %d as %s', (value, text) => {
  expect(figure(value)).toBe(text);
});
