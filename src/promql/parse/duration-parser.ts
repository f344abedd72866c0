import type { Duration, DurationExpression, NumberLiteral, Span } from '../ast.ts';
import { LONGEST_DURATION } from './durations.ts';
import { parseNumber, signed, takeSign } from './literals.ts';
import type { Context, TokenReader } from './token-reader.ts';
import type { Token } from './tokens.ts';

const PRECEDENCE: Readonly<Record<string, number>> = {
  '+': 1,
  '-': 1,
  '*': 2,
  '/': 2,
  '%': 2,
  '^': 3,
};
const SIGN_PRECEDENCE = 3;
const BY_ZERO: Readonly<Record<string, string>> = { '/': 'division', '%': 'modulo' };
const OFFSET: Context = ['offset', 'number, duration, step(), or range()'];

/** Parses the range or the step in brackets. */
export function parsePositiveDuration(reader: TokenReader): Duration {
  const duration = parseDuration(reader, 0);
  if (duration.kind === 'number' && duration.value <= 0) {
    throw reader.error('duration must be greater than 0', duration);
  }
  return simplified(duration);
}

/** Parses what stands behind `offset`. Operators behind it belong to the expression around, if it can end before. */
export function parseOffset(reader: TokenReader): Duration {
  return reader.within(OFFSET, () => {
    const literal = parseLiteral(reader);
    if (literal) return simplified(literal);
    if (reader.next.type === '(') return simplified(parseDuration(reader, 0));
    const sign = takeSign(reader);
    if (!sign) return simplified(parseCall(reader) ?? reader.refuse());
    if (reader.next.type === '-' || reader.next.type === '+') {
      const operand = parseDuration(reader, SIGN_PRECEDENCE);
      return simplified(parseOperators(reader, withSign(reader, sign, operand), 0));
    }
    const operand = parseNumber(reader) ?? parseCall(reader) ?? parseParen(reader);
    return simplified(withSign(reader, sign, operand ?? reader.refuse()));
  });
}

function parseDuration(reader: TokenReader, least: number): DurationExpression {
  reader.enter();
  const sign = takeSign(reader);
  const first = sign
    ? withSign(reader, sign, parseDuration(reader, SIGN_PRECEDENCE))
    : (parseLiteral(reader) ?? parseCall(reader) ?? parseParen(reader) ?? reader.refuse());
  const duration = parseOperators(reader, first, least);
  reader.leave();
  return duration;
}

/** Parses the operators behind a duration that bind at least as tightly as `least`. */
function parseOperators(
  reader: TokenReader,
  first: DurationExpression,
  least: number,
): DurationExpression {
  let left = first;
  for (let depth = 1; ; depth++) {
    reader.limit(depth);
    const precedence = PRECEDENCE[reader.next.type] ?? -1;
    if (precedence < least) return left;
    const operator = reader.take();
    const isRightFirst = operator.type === '^';
    const right = parseDuration(reader, isRightFirst ? precedence : precedence + 1);
    const byZero = BY_ZERO[operator.type];
    if (byZero && right.kind === 'number' && right.value === 0) {
      throw reader.error(`${byZero} by zero`, operator);
    }
    left = { kind: operator.type as '+', left, right, start: left.start, end: right.end };
  }
}

function parseLiteral(reader: TokenReader): NumberLiteral | undefined {
  const literal = parseNumber(reader);
  return literal && inRange(reader, literal, literal);
}

function inRange(reader: TokenReader, literal: NumberLiteral, span: Span): NumberLiteral {
  // Not a number is out of every range.
  if (!(Math.abs(literal.value) <= LONGEST_DURATION)) {
    throw reader.error('duration out of range', span);
  }
  return literal;
}

/** Parses `step()`, `range()`, `min_of(…)` and `max_of(…)`. */
function parseCall(reader: TokenReader): DurationExpression | undefined {
  const { type, start } = reader.next;
  if (type === 'step' || type === 'range') {
    reader.take();
    reader.expect('(');
    return { kind: type, start, end: reader.expect(')').end };
  }
  if (type !== 'min_of' && type !== 'max_of') return undefined;
  reader.take();
  reader.expect('(');
  const left = parseDuration(reader, 0);
  reader.expect(',');
  const right = parseDuration(reader, 0);
  return { kind: type, left, right, start, end: reader.expect(')').end };
}

function parseParen(reader: TokenReader): DurationExpression | undefined {
  const paren = reader.takeIf('(');
  if (!paren) return undefined;
  const of = parseDuration(reader, 0);
  const { end } = reader.expect(')');
  // Parentheses around parentheses mean nothing, and are not printed.
  return of.kind === 'duration-paren'
    ? of
    : { kind: 'duration-paren', of, start: paren.start, end };
}

function withSign(reader: TokenReader, sign: Token, of: DurationExpression): DurationExpression {
  if (of.kind === 'number') return inRange(reader, signed(sign, of), sign);
  const { start } = sign;
  return sign.type === '+' ? { ...of, start } : { kind: 'negated', of, start, end: of.end };
}

/** A literal is known at once, in whole milliseconds as Go rounds it. */
function simplified(duration: DurationExpression): Duration {
  if (duration.kind !== 'number') return duration;
  const nanoseconds = duration.value * 1e9;
  // Adding 0 makes 0 of -0.
  return Math.trunc((Math.sign(nanoseconds) * Math.round(Math.abs(nanoseconds))) / 1e6) + 0;
}
