/** A set of code points. */
export interface CharSet {
  has(code: number): boolean;
}

/** What a set is made of. All texts are insides of a class of a JavaScript `RegExp` with the flag `u`. */
export interface SetParts {
  /** What is in it. */
  inside: string;
  /** All that is not in one of these is in it, too. */
  readonly outside: string[];
  /** Whether letters stand for their upper and lower case as well. */
  readonly fold: boolean;
  readonly negated: boolean;
}

const ASCII = 128;

/** Asks the engine's own `RegExp` about single code points: it knows Unicode, and cannot take long over one. */
export function charSet({ inside, outside, fold, negated }: SetParts): CharSet {
  const classes = [`[${inside}]`, ...outside.map((source) => `[^${source}]`)];
  const pattern = new RegExp(`^(?:${classes.join('|')})$`, fold ? 'iu' : 'u');
  const ask = (code: number) => pattern.test(String.fromCodePoint(code)) !== negated;
  let ascii: boolean[] | undefined;
  return {
    has(code) {
      if (code >= ASCII) return ask(code);
      ascii ??= Array.from({ length: ASCII }, (_, i) => ask(i));
      return ascii[code]!;
    },
  };
}

export const ANY: CharSet = { has: () => true };
export const NOT_NEWLINE: CharSet = { has: (code) => code !== 10 };

/** Returns a code point as it is written in a class. */
export const escaped = (code: number) => `\\u{${code.toString(16)}}`;

/** Tells whether a code point may have another case. */
export function mayFold(code: number): boolean {
  return code >= ASCII || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

const DIGIT = '0-9';
const LETTERS = 'A-Za-z';
const WORD = `${DIGIT}${LETTERS}_`;

/** The classes `\d`, `\s` and `\w`. A vertical tab is no space. */
export const PERL_CLASSES: Readonly<Record<string, string>> = {
  d: DIGIT,
  s: '\\t\\n\\f\\r ',
  w: WORD,
};

/** The classes `[:alnum:]` and so on. */
export const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: DIGIT + LETTERS,
  alpha: LETTERS,
  ascii: '\\0-\\x7f',
  blank: '\\t ',
  cntrl: '\\0-\\x1f\\x7f',
  digit: DIGIT,
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\x5b-`\\x7b-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: WORD,
  xdigit: '0-9A-Fa-f',
};

/** Returns the class of a Unicode category or script, or `undefined` if there is none of that name. */
export function unicodeClass(name: string): string | undefined {
  if (name === 'Any') return '\\0-\\u{10ffff}';
  // Go's C leaves out what is not assigned.
  if (name === 'C') return '\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}';
  // Long names of categories and short names of scripts are JavaScript's, not Go's.
  const property = name.length < 3 ? 'gc' : 'sc';
  if (!/^[A-Z]\w*$/.test(name) || name === 'Cn' || name === 'LC') return;
  const source = `\\p{${property}=${name}}`;
  try {
    new RegExp(source, 'u');
    return source;
  } catch {
    return;
  }
}
