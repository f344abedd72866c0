import { describe, expect, it } from 'vitest';
import { matcher } from '../../src/promql/matchers.ts';

describe('a matcher', () => {
  it.each([
    ['=', 'a.c', ['a.c'], ['abc', '']],
    ['!=', 'a.c', ['abc', ''], ['a.c']],
    ['=~', 'a.c', ['abc', 'a\nc'], ['xabc', 'abcx', '']],
    ['!~', 'a.c', ['xabc', 'abcx', ''], ['abc']],
    ['=~', '', [''], ['a']],
    ['=~', 'a|', ['a', ''], ['b']],
    ['=~', '.+', ['a', '\n'], ['']],
    ['!~', '.+', [''], ['a']],
  ] as const)('of %s %j knows what it wants', (op, value, meets, fails) => {
    const made = matcher('l', op, value);
    expect(made).toMatchObject({ name: 'l', op, value });
    expect(meets.filter((text) => !made.matches(text))).toEqual([]);
    expect(fails.filter((text) => made.matches(text))).toEqual([]);
  });

  it('knows the texts of alternatives', () => {
    expect(matcher('l', '=~', 'a|b').literals).toEqual(['a', 'b']);
    expect(matcher('l', '=~', '(?:a(b|c)?|^d$)').literals).toEqual(['ab', 'ac', 'a', 'd']);
    expect(matcher('l', '=~', 'a|b.*').literals).toBeUndefined();
    expect(matcher('l', '!~', 'a|b').literals).toBeUndefined();
  });

  it('is not made of what is no regular expression', () => {
    expect(() => matcher('l', '=~', '[a')).toThrow('error parsing regexp: missing closing ]: `[a`');
  });
});
