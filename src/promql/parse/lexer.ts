import type { QueryError } from '../query-error.ts';
import { quoted, quotedChar } from '../quoted.ts';
import { fault } from './fault.ts';
import { scanNumber } from './number-scan.ts';
import { scanString } from './string-scan.ts';
import { DURATION_WORDS, KEYWORDS, type Token, TokenType } from './tokens.ts';

const SPACE = /(?:[ \t\n\r]|#[^\n\r]*)*/y;
const SPACE_WITHOUT_COMMENTS = /[ \t\n\r]*/y;
const WORD = /[\w:]*/y;
const IDENTIFIER = /\w*/y;
const LETTERS = /[a-zA-Z_]*/y;
const OPERATOR = /==|!=|<=|<\/|>=|>\/|[-*/%+^=<>@,]/y;
const PUNCTUATION_OF_DURATIONS = /[-+*/%^,]/y;
const MATCH_OPERATOR = /=~|!~|!=|=|,/y;
const FOLLOWED_BY_PAREN = /[ \t\n\r]*\(/y;

/** Cuts a query into tokens, with the errors that Prometheus' lexer gives. */
export class Lexer {
  readonly #text: string;
  #at = 0;
  #parens = 0;
  #inBraces = false;
  #inBrackets = false;
  /** Whether nothing but durations is understood: from a `[` to the first number. */
  #onlyDurations = false;
  #hadColon = false;
  #hadDuration = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns the next token. @throws QueryError */
  next(): Token {
    this.#take(this.#onlyDurations ? SPACE_WITHOUT_COMMENTS : SPACE);
    if (this.#inBraces) return this.#nextInBraces();
    const char = this.#text[this.#at];
    if (this.#onlyDurations) return this.#nextOfDuration(char);
    return char === undefined ? this.#end() : this.#nextOfExpression(char);
  }

  #nextOfExpression(char: string): Token {
    if (/[a-zA-Z_:]/.test(char))
      return this.#inBrackets ? this.#wordInBrackets(char) : this.#word();
    if (this.#startsNumber(char)) return this.#number();
    if (char === '"' || char === "'" || char === '`') return this.#string();
    if (char === '(' || char === ')') return this.#paren(char);
    if (char === '{') {
      this.#inBraces = true;
      return this.#token(char);
    }
    if (char === '[') {
      if (this.#inBrackets) throw this.#error(`unexpected left bracket '['`);
      this.#inBrackets = this.#onlyDurations = true;
      this.#hadColon = false;
      return this.#token(char);
    }
    if (char === ']') return this.#closeBracket();
    const after = this.#charAt(this.#at + 1);
    if (char === '=' && after === '~') {
      throw this.#error(`unexpected character after '=': ${quotedChar(after)}`);
    }
    const operator = this.#match(OPERATOR);
    if (operator) return this.#token(operator);
    if (char === '!') throw this.#error(`unexpected character after '!': ${quotedChar(after)}`);
    throw this.#error(`unexpected character: ${this.#here()}`);
  }

  #nextInBraces(): Token {
    const char = this.#text[this.#at];
    if (char === undefined) throw this.#error('unexpected end of input inside braces');
    if (/[a-zA-Z_]/.test(char)) return this.#token(this.#match(IDENTIFIER), TokenType.Identifier);
    if (char === '"' || char === "'" || char === '`') return this.#string();
    if (char === '}') {
      this.#inBraces = false;
      return this.#token(char);
    }
    const operator = this.#match(MATCH_OPERATOR);
    if (operator) return this.#token(operator);
    if (char === '{') throw this.#error(`unexpected left brace '{'`);
    if (char !== '!') throw this.#error(`unexpected character inside braces: ${this.#here()}`);
    const after = quotedChar(this.#charAt(this.#at + 1));
    throw this.#error(`unexpected character after '!' inside braces: ${after}`);
  }

  /** The next token behind a `[`, before the first number. */
  #nextOfDuration(char: string | undefined): Token {
    if (char === undefined) throw this.#error('unexpected end of input in duration expression');
    if (char === ']') return this.#closeBracket();
    if (char === '(' || char === ')') return this.#paren(char);
    if (char === ':') {
      const why = this.#hadColon ? 'unexpected repeated colon' : 'unexpected colon before duration';
      const isWrong = this.#hadColon || !this.#hadDuration;
      if (isWrong) throw this.#error(`${why} in duration expression`, this.#at + 1);
      this.#hadColon = true;
      return this.#token(char);
    }
    const operator = this.#match(PUNCTUATION_OF_DURATIONS);
    if (operator) return this.#token(operator);
    if (this.#startsNumber(char)) {
      this.#hadDuration = true;
      this.#onlyDurations = false;
      return this.#number();
    }
    const word = this.#durationWord();
    if (word) return word;
    throw this.#error(`unexpected character in duration expression: ${this.#here()}`);
  }

  /** A word, or the colon, between a number and `]`. */
  #wordInBrackets(char: string): Token {
    if (char === ':') {
      if (this.#hadColon) throw this.#error(`unexpected colon ':'`);
      this.#hadColon = true;
      return this.#token(char);
    }
    const word = this.#durationWord();
    if (word) return word;
    throw this.#error(`unexpected character: ${this.#here()}, expected ':'`);
  }

  #durationWord(): Token | undefined {
    const word = this.#match(LETTERS);
    const type = word.toLowerCase();
    return DURATION_WORDS.has(type) ? this.#token(word, type) : undefined;
  }

  #word(): Token {
    const word = this.#match(WORD);
    const type = word.toLowerCase();
    if (type === 'inf' || type === 'nan') return this.#token(word, TokenType.Number);
    const isKeyword = KEYWORDS.has(type) && (!/^fill/.test(type) || this.#isCalled(word.length));
    if (isKeyword) return this.#token(word, type);
    const isPlain = !word.includes(':');
    return this.#token(word, isPlain ? TokenType.Identifier : TokenType.MetricIdentifier);
  }

  /** `fill` and its like are names unless a parenthesis follows. */
  #isCalled(length: number): boolean {
    FOLLOWED_BY_PAREN.lastIndex = this.#at + length;
    return FOLLOWED_BY_PAREN.test(this.#text);
  }

  #number(): Token {
    const { type, end } = scanNumber(this.#text, this.#at);
    const text = this.#text.slice(this.#at, end);
    if (type === 'bad') throw this.#error(`bad number or duration syntax: ${quoted(text)}`);
    return this.#token(text, type);
  }

  #string(): Token {
    const scanned = scanString(this.#text, this.#at);
    if (typeof scanned === 'string') throw this.#error(scanned);
    return this.#token(this.#text.slice(this.#at, scanned), TokenType.String);
  }

  #paren(char: string): Token {
    this.#parens += char === '(' ? 1 : -1;
    if (this.#parens < 0) throw this.#error(`unexpected right parenthesis ')'`, this.#at + 1);
    return this.#token(char);
  }

  #closeBracket(): Token {
    if (!this.#inBrackets) throw this.#error(`unexpected right bracket ']'`);
    this.#inBrackets = this.#onlyDurations = false;
    return this.#token(']');
  }

  #end(): Token {
    if (this.#parens > 0) throw this.#error('unclosed left parenthesis');
    if (this.#inBrackets) throw this.#error('unclosed left bracket');
    return this.#token('', TokenType.End);
  }

  #startsNumber(char: string): boolean {
    return isDigit(char) || (char === '.' && isDigit(this.#text[this.#at + 1]));
  }

  #token(text: string, type = text): Token {
    const start = this.#at;
    this.#at += text.length;
    return { type, text, start, end: this.#at };
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0] ?? '';
  }

  #take(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    pattern.test(this.#text);
    this.#at = pattern.lastIndex;
  }

  #charAt(at: number): string | undefined {
    return at < this.#text.length ? String.fromCodePoint(this.#text.codePointAt(at)!) : undefined;
  }

  #here(): string {
    return quotedChar(this.#charAt(this.#at));
  }

  /** An error of the text from `start` to the end of the query, as Prometheus has it. */
  #error(message: string, start = this.#at): QueryError {
    return fault(this.#text, 'parse', message, { start, end: this.#text.length });
  }
}

const isDigit = (char: string | undefined): boolean =>
  char !== undefined && char >= '0' && char <= '9';
