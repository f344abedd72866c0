import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../../src/promql/functions.ts';

describe('the table of functions', () => {
  it.each([
    ['abs', { args: ['vector'], variadic: 0, returns: 'vector', experimental: false }],
    ['time', { args: [], variadic: 0, returns: 'scalar', experimental: false }],
    ['round', { args: ['vector', 'scalar'], variadic: 1, returns: 'vector', experimental: false }],
    [
      'label_join',
      {
        args: ['vector', 'string', 'string', 'string'],
        variadic: -1,
        returns: 'vector',
        experimental: false,
      },
    ],
    [
      'histogram_quantiles',
      {
        args: ['vector', 'string', 'scalar', 'scalar'],
        variadic: 9,
        returns: 'vector',
        experimental: true,
      },
    ],
    ['info', { args: ['vector', 'vector'], variadic: 1, returns: 'vector', experimental: true }],
  ])('knows %s', (name, signature) => {
    expect(FUNCTIONS.get(name)).toEqual(signature);
  });

  it('has all 90, each once', () => {
    expect(FUNCTIONS.size).toBe(90);
  });
});
