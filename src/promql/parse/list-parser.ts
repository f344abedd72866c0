import type { Expr } from '../ast.ts';
import { quoted } from '../quoted.ts';
import { unquoted } from './strings.ts';
import type { Context, TokenReader } from './token-reader.ts';
import { LABELS, startsExpr, TokenType } from './tokens.ts';

const grouping = (expected: string): Context => ['grouping opts', expected];
const LIST = grouping('"("');
const LABEL = grouping('label');
const NEXT = grouping('"," or ")"');

/** The parser has such characters for bytes that are no UTF-8. */
const NOT_UTF_8 = /\p{Surrogate}/u;

/** Parses a list of labels, such as that of `by`. */
export function parseLabels(reader: TokenReader): string[] {
  return reader.within(LIST, () => {
    const labels: string[] = [];
    reader.expect('(');
    reader.context = LABEL;
    while (!reader.takeIf(')')) {
      labels.push(parseLabel(reader));
      reader.context = NEXT;
      if (reader.next.type !== ')') reader.expect(',');
      reader.context = LABEL;
    }
    return labels;
  });
}

function parseLabel(reader: TokenReader): string {
  const { type } = reader.next;
  if (type !== TokenType.String && !LABELS.has(type)) reader.refuse();
  const token = reader.take();
  const label = type === TokenType.String ? unquoted(token.text) : token.text;
  if (label !== '' && !NOT_UTF_8.test(label)) return label;
  throw reader.error(`invalid label name for grouping: ${quoted(label)}`, token);
}

/** Parses the arguments of a function or an aggregation, with the parentheses. */
export function parseArguments(
  reader: TokenReader,
  parseExpr: () => Expr,
): { args: Expr[]; end: number } {
  const args: Expr[] = [];
  reader.expect('(');
  let close = reader.takeIf(')');
  while (!close) {
    args.push(parseExpr());
    const comma = reader.takeIf(',');
    if (!comma) close = reader.expect(')');
    else if (!startsExpr(reader.next)) {
      throw reader.error('trailing commas not allowed in function call args', comma);
    }
  }
  return { args, end: close.end };
}
