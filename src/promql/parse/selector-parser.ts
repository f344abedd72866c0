import type { Span, VectorSelector } from '../ast.ts';
import type { Matcher } from '../matcher.ts';
import { matcher } from '../matchers.ts';
import { unquoted } from './strings.ts';
import type { Context, TokenReader } from './token-reader.ts';
import { type Token, TokenType } from './tokens.ts';

const OPERATORS = ['=', '!=', '=~', '!~'];
const matching = (expected: string): Context => ['label matching', expected];
const LABEL = matching('identifier or "}"');
const OPERATOR = matching('label matching operator');
const VALUE = matching('string');
const NEXT = matching('"," or "}"');

/** Parses a selector whose name, if there is one before the braces, has been taken. */
export function parseSelector(reader: TokenReader, name?: Token): VectorSelector {
  const { start } = name ?? reader.next;
  const matchers: Matcher[] = [];
  let end = name?.end ?? start;
  if (reader.next.type === '{') end = reader.within(LABEL, () => parseMatchers(reader, matchers));
  // Prometheus has the matcher of the name last.
  if (name) matchers.push(matcher('__name__', '=', name.text));
  return { kind: 'vector-selector', name: name?.text ?? '', matchers, offset: 0, start, end };
}

/** Parses what is in braces. Returns where it ends. */
function parseMatchers(reader: TokenReader, matchers: Matcher[]): number {
  reader.expect('{');
  for (;;) {
    const end = reader.takeIf('}')?.end;
    if (end !== undefined) return end;
    matchers.push(parseMatcher(reader));
    reader.context = NEXT;
    if (reader.next.type !== '}') reader.expect(',');
    reader.context = LABEL;
  }
}

function parseMatcher(reader: TokenReader): Matcher {
  const isQuoted = reader.next.type === TokenType.String;
  const label = isQuoted ? reader.take() : reader.expect(TokenType.Identifier);
  const name = isQuoted ? unquoted(label.text) : label.text;
  if (!OPERATORS.includes(reader.next.type)) {
    if (isQuoted) return matcher('__name__', '=', name);
    reader.context = OPERATOR;
    reader.refuse();
  }
  const operator = reader.take().type as Matcher['op'];
  reader.context = VALUE;
  const value = reader.expect(TokenType.String);
  const span: Span = { start: label.start, end: value.end };
  return reader.at(span, () => matcher(name, operator, unquoted(value.text)));
}
