import type { NumberLiteral } from '../ast.ts';
import { durationOf } from './durations.ts';
import { numberOf } from './numbers.ts';
import type { TokenReader } from './token-reader.ts';
import { type Token, TokenType } from './tokens.ts';

/** Parses a number or a duration, if there is one. */
export function parseNumber(reader: TokenReader): NumberLiteral | undefined {
  const isDuration = reader.next.type === TokenType.Duration;
  if (!isDuration && reader.next.type !== TokenType.Number) return undefined;
  const token = reader.take();
  const value = reader.at(token, () => (isDuration ? durationOf : numberOf)(token.text));
  return { kind: 'number', value, isDuration, start: token.start, end: token.end };
}

export function takeSign(reader: TokenReader): Token | undefined {
  return reader.takeIf('-') ?? reader.takeIf('+');
}

/** Puts a sign before a number. */
export function signed(sign: Token, literal: NumberLiteral): NumberLiteral {
  const value = sign.type === '-' ? -literal.value : literal.value;
  return { ...literal, value, start: sign.start };
}
