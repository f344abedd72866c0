/** The texts of the worker and of parts are strings in modules. Each must be to the letter what was built. */
import fc from 'fast-check';
import { expect, it } from 'vitest';

const script = '../../scripts/string-literal.mjs';
const { stringLiteral } = (await import(/* @vite-ignore */ script)) as {
  stringLiteral(text: string): string;
};

const PIECES = [
  "'",
  '"',
  '`',
  '\\',
  '\n',
  '\r',
  '\u2028',
  '\u2029',
  '\0',
  '\ud800',
  '${',
  '</script',
  '*/',
];
const texts = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string()))
  .map((all) => all.join(''));

it('a string has the text that it was made of, whatever is in it', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const literal = stringLiteral(text);
      expect(new Function(`return ${literal}`)()).toBe(text);
      expect(literal).not.toMatch(/[\n\r]/);
    }),
  );
});
