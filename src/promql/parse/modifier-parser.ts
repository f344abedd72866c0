import type { At, Expr, Span, Subquery, VectorSelector } from '../ast.ts';
import { plainNumber } from '../plain-number.ts';
import { parseOffset, parsePositiveDuration } from './duration-parser.ts';
import { parseNumber, signed, takeSign } from './literals.ts';
import type { Context, TokenReader } from './token-reader.ts';
import { AT_WORDS } from './tokens.ts';

const RANGE: Context = ['subquery or range selector', 'number, duration, step(), or range()'];
const RANGE_END: Context = ['subquery or range', '":" or "]"'];
const STEP: Context = ['subquery selector', 'number, duration, step(), range(), or "]"'];
const STEP_END: Context = ['subquery selector', '"]"'];
const AT: Context = ['@', 'timestamp'];

/** Parses what may stand behind an expression: ranges, offsets, times and modifiers, as many as there are. */
export function parseModifiers(reader: TokenReader, first: Expr, experimental: boolean): Expr {
  let expr = first;
  for (let depth = 1; ; depth++) {
    reader.limit(depth);
    const { type } = reader.next;
    if (type === '[') expr = parseRange(reader, expr);
    else if (type === 'offset') expr = parseOffsetOf(reader, expr);
    else if (type === '@') expr = parseTimeOf(reader, expr);
    else if (type === 'anchored' || type === 'smoothed') {
      expr = parseExtension(reader, expr, type, experimental);
    } else return expr;
  }
}

function parseRange(reader: TokenReader, expr: Expr): Expr {
  const bracket = reader.take();
  return reader.within(RANGE, () => {
    const range = parsePositiveDuration(reader);
    reader.context = RANGE_END;
    const { start } = expr;
    const close = reader.takeIf(']');
    if (close) {
      const selector = rangeable(reader, expr, { start: bracket.start, end: close.end });
      return { kind: 'matrix-selector', selector, range, start, end: close.end };
    }
    reader.expect(':');
    reader.context = STEP;
    const step = reader.next.type === ']' ? undefined : parsePositiveDuration(reader);
    reader.context = STEP_END;
    const { end } = reader.expect(']');
    return { kind: 'subquery', expr, range, step, offset: 0, start, end };
  });
}

/** Returns the selector that a range is of. */
function rangeable(reader: TokenReader, expr: Expr, range: Span): VectorSelector {
  if (expr.kind !== 'vector-selector') {
    throw reader.error('ranges only allowed for vector selectors', range);
  }
  if (expr.offset !== 0) throw reader.error('no offset modifiers allowed before range', range);
  if (expr.at !== undefined) throw reader.error('no @ modifiers allowed before range', range);
  return expr;
}

function parseOffsetOf(reader: TokenReader, expr: Expr): Expr {
  reader.take();
  const offset = parseOffset(reader);
  const holder = timeHolder(reader, expr, 'offset');
  if (holder.offset !== 0) throw reader.error('offset may not be set multiple times', expr);
  return changed(expr, { offset }, reader.end);
}

function parseTimeOf(reader: TokenReader, expr: Expr): Expr {
  reader.take();
  const at = reader.within(AT, () => parseTime(reader, expr));
  const holder = timeHolder(reader, expr, '@');
  if (holder.at !== undefined) {
    throw reader.error('@ <timestamp> may not be set multiple times', expr);
  }
  return changed(expr, { at }, reader.end);
}

function parseTime(reader: TokenReader, expr: Expr): At {
  if (AT_WORDS.has(reader.next.type)) {
    const at = reader.take().type as 'start' | 'end';
    reader.expect('(');
    reader.expect(')');
    return at;
  }
  const sign = takeSign(reader);
  const literal = parseNumber(reader) ?? reader.refuse();
  const seconds = sign ? signed(sign, literal).value : literal.value;
  if (!(Math.abs(seconds) < 2 ** 63)) {
    const text = Number.isFinite(seconds) ? `${BigInt(seconds)}.000000` : plainNumber(seconds);
    throw reader.error(`timestamp out of bounds for @ modifier: ${text}`, expr);
  }
  return Math.sign(seconds) * Math.round(Math.abs(seconds) * 1000) + 0;
}

/** Returns what has the offset and the time of an expression. */
function timeHolder(reader: TokenReader, expr: Expr, modifier: string): VectorSelector | Subquery {
  const holder = expr.kind === 'matrix-selector' ? expr.selector : expr;
  if (holder.kind === 'vector-selector' || holder.kind === 'subquery') return holder;
  const where = 'an instant vector selector or range vector selector or a subquery';
  throw reader.error(`${modifier} modifier must be preceded by ${where}`, expr);
}

function parseExtension(
  reader: TokenReader,
  expr: Expr,
  modifier: 'anchored' | 'smoothed',
  experimental: boolean,
): Expr {
  reader.take();
  const refuse = (why: string) => reader.error(why, expr);
  if (!experimental) throw refuse(`${modifier} modifier is experimental and not enabled`);
  if (expr.kind === 'subquery') {
    throw refuse(`${modifier} modifier is not supported for subqueries`);
  }
  const selector = expr.kind === 'matrix-selector' ? expr.selector : expr;
  if (selector.kind !== 'vector-selector') throw refuse(`${modifier} modifier not implemented`);
  if (selector.modifier !== undefined && selector.modifier !== modifier) {
    throw refuse('anchored and smoothed modifiers cannot be used together');
  }
  return changed(expr, { modifier }, reader.end);
}

/** Returns an expression with a modifier, which belongs to its selector if it has one. */
function changed(expr: Expr, change: Partial<VectorSelector>, end: number): Expr {
  return expr.kind === 'matrix-selector'
    ? { ...expr, selector: { ...expr.selector, ...change }, end }
    : ({ ...expr, ...change, end } as Expr);
}
