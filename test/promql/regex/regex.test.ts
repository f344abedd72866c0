import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRegex } from '../../../src/promql/regex/regex.ts';
import { compileSearch } from '../../../src/promql/regex/search.ts';

interface Answer {
  readonly pattern: string;
  readonly texts?: readonly string[];
  readonly replacement?: string;
  readonly error?: string;
  readonly whole?: readonly (readonly (string | null)[] | null)[];
  readonly replaced?: readonly string[];
}

/** Recorded by ask-go.go. */
const answers: Answer[] = readFileSync(new URL('go-answers.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

const errorOf = (pattern: string) => {
  try {
    compileRegex(pattern);
  } catch (error) {
    return String(error);
  }
  return undefined;
};

describe('a regular expression', () => {
  const good = answers.filter(({ error }) => !error);
  it.each(good)('$pattern with $replacement does what it does in Go', (answer) => {
    const { pattern, texts = [], replacement = '', whole = [], replaced } = answer;
    const regex = compileRegex(pattern);
    const search = compileSearch(pattern);
    const captured = texts.map((text) => regex.find(text)?.map((group) => group ?? null) ?? null);
    expect(captured).toEqual(whole);
    expect(texts.map((text) => regex.matches(text))).toEqual(whole.map(Boolean));
    expect(texts.map((text) => search.replaceAll(text, replacement))).toEqual(replaced);
  });

  const wrong = answers.filter(({ error }) => error);
  it.each(wrong)('$pattern is the error that it is in Go', ({ pattern, error }) => {
    expect(errorOf(pattern)?.slice(0, 1000)).toBe(`RegexError: ${error}`.slice(0, 1000));
  });

  it('may name a group in two ways', () => {
    for (const pattern of ['(?<x>a)', '(?P<x>a)']) {
      expect(compileRegex(pattern).names).toEqual(['', 'x']);
    }
    expect(errorOf('(?<=a)b')).toContain('invalid named capture: `(?<=a)b`');
    expect(errorOf('(?<!a>)b')).toContain('invalid named capture: `(?<!a>`');
  });

  it('matches what it matches in JavaScript, where both have the same syntax', () => {
    const leaf = fc.constantFrom('a', 'b', 'é', '😀', '.', '[ab]', '[^a]', '\\d', '\\w', '\\b', '');
    const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
      pattern: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => one + other),
        fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `(${one}|${other})`),
        fc
          .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '*?', '{2}', '{0,2}', '{1,}'))
          .map(([one, repeat]) => `(?:${one})${repeat}`),
      ),
    }));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', '1', '-'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, fc.array(text, { maxLength: 5 }), (source, texts) => {
        const regex = compileRegex(source);
        const theirs = new RegExp(`^(?:${source})$`, 'su');
        expect(texts.map((one) => regex.matches(one))).toEqual(
          texts.map((one) => theirs.test(one)),
        );
        // Captures differ inside of repeats, but there is a match if and only if there is one.
        expect(texts.map((one) => regex.find(one)?.[0])).toEqual(
          texts.map((one) => theirs.exec(one)?.[0]),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('is the same if it is interrupted again and again', () => {
    const budget = { steps: 0, interruptions: 0, exceeded: () => new Error('interrupted') };
    const patiently = <T>(call: () => T): T => {
      for (;;) {
        budget.steps = 5;
        try {
          return call();
        } catch {
          budget.interruptions++;
        }
      }
    };
    for (const pattern of ['((a|b)*)(a|b){3}', '(a*?)(b|aa)*(?:a|é😀)+', '(a)|.*b\\b.*(a)']) {
      const [one, other] = [compileRegex(pattern), compileRegex(pattern)];
      for (const text of ['', 'abba'.repeat(50), 'aab'.repeat(33), 'aaé😀'.repeat(20), 'b a']) {
        expect(
          patiently(() => one.matches(text, budget)),
          text,
        ).toBe(other.matches(text));
        const replaced = patiently(() => one.replace(text, '$1-$2', budget));
        expect(replaced, text).toBe(other.replace(text, '$1-$2'));
      }
    }
    expect(budget.interruptions).toBeGreaterThan(300);
  });

  it('may be a gap between texts', () => {
    const texts = ['', 'ab', 'aXb', 'aXbYc', 'a😀bc', 'abab', 'aXc', 'abb', 'aXbc\n', 'aaa', 'aa'];
    for (const gap of ['.*', '.+', '.*?', '(.*)', '(?:.+)']) {
      for (const shape of ['a_b', 'a_b_c', '_b', 'a_', '_b_', 'a_a', 'a_b_b', '^a_b$', 'x|a_b']) {
        const pattern = shape.replaceAll('_', gap);
        const theirs = new RegExp(`^(?:${pattern})$`, 'su');
        const regex = compileRegex(pattern);
        const searched = compileRegex(`${pattern}|\\d\\d`);
        const found = texts.filter((t) => regex.matches(t));
        expect(found, pattern).toEqual(texts.filter((t) => theirs.test(t)));
        expect(
          texts.filter((t) => searched.matches(t)),
          pattern,
        ).toEqual(found);
      }
    }
  });

  it('does not fail at surrogates without the other half', () => {
    for (const text of ['\ud83d', '\ude00', 'a\ud83d', '\ud83da', '\ude00\ud83d']) {
      expect(compileRegex('[^b]+').matches(text)).toBe(true);
      expect(compileRegex('(?i)(.)(é|.)?').find(text)?.join('')).toContain(text[0]);
      expect(compileSearch('\\b').replaceAll(text, '').length).toBe(text.length);
    }
  });
});

describe('patterns that would take other engines for ever', () => {
  const long = 100_000;
  // 100,000 characters in a time that grows faster than the text would not end before the test is ended.
  it.each([
    ['(a*)*b', 'a', false],
    ['(a|aa)+$', 'a', true],
    ['(x+x+)+y', 'x', false],
    ['(.*)(.*)(.*)(.*)(.*)[0-9]', 'a', false],
    ['(?:a?){200}a{200}', 'a', false],
    ['(?i)(a|b|ab)*c', 'ab', false],
  ])('%s does not', (pattern, unit, expected) => {
    const text = unit.repeat(long / unit.length);
    const regex = compileRegex(pattern);
    expect(regex.matches(text)).toBe(expected);
    expect(regex.find(text) !== undefined).toBe(expected);
  });

  it('are searched in linear time, too', () => {
    expect(compileSearch('(x+x+)+y').found('x'.repeat(long))).toBe(false);
    expect(compileSearch('(a*)*b').replaceAll(`${'a'.repeat(long)}b`, '')).toBe('');
  });

  it('have more states than are kept', () => {
    const coins = Array.from(
      { length: 5000 },
      (_, i) => 'ab'[(Math.imul(i, 2654435761) >>> 16) & 1],
    );
    const text = coins.join('');
    const regex = compileRegex('.*a[ab]{60}');
    for (let i = 4900; i < 5000; i++) {
      expect(regex.matches(text.slice(0, i))).toBe(text[i - 61] === 'a');
    }
  });

  it('are refused where repeats make too many copies', () => {
    expect(errorOf('(?:a?b?c?d?e?f?g?h?i?j?k?l?m?n?o?){1000}')).toContain('expression too large');
  });
});
