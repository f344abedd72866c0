import type {
  Aggregate,
  AggregateOperator,
  Binary,
  BinaryOperator,
  Call,
  Expr,
  Matching,
} from '../ast.ts';
import { FUNCTIONS } from '../functions.ts';
import { quoted } from '../quoted.ts';
import { parseArguments, parseLabels } from './list-parser.ts';
import { parseNumber, signed, takeSign } from './literals.ts';
import { parseModifiers } from './modifier-parser.ts';
import { parseSelector } from './selector-parser.ts';
import { unquoted } from './strings.ts';
import type { Context, TokenReader } from './token-reader.ts';
import {
  AGGREGATORS,
  AT_WORDS,
  DURATION_WORDS,
  isMetric,
  startsExpr,
  type Token,
  TokenType,
} from './tokens.ts';

/** How tightly operators bind. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '>=': 3,
  '>': 3,
  '<': 3,
  '<=': 3,
  '!=': 3,
  '</': 3,
  '>/': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};
/** A sign binds tighter than multiplication, and less tightly than a power: `-1 ^ 2` is -(1 ^ 2). */
const SIGN_PRECEDENCE = 6;
const AGGREGATION: Context = ['aggregation', ''];
const WITH_PARAMETER = ['topk', 'bottomk', 'count_values', 'quantile', 'limitk', 'limit_ratio'];

/** Parses expressions. What it returns has not been checked for types. */
export class ExpressionParser {
  readonly #reader: TokenReader;
  readonly #experimental: boolean;

  constructor(reader: TokenReader, experimental: boolean) {
    this.#reader = reader;
    this.#experimental = experimental;
  }

  /** Parses the whole query. @throws QueryError */
  parse(): Expr {
    const reader = this.#reader;
    if (reader.next.type === TokenType.End) {
      throw reader.error('no expression found in input', { start: 0, end: 0 });
    }
    const expr = this.#expr();
    reader.expect(TokenType.End);
    return expr;
  }

  /** Parses an expression of operators that bind at least as tightly as `least`. */
  readonly #expr = (least = 0): Expr => {
    const reader = this.#reader;
    reader.enter();
    let left = this.#signed();
    for (let depth = 1; ; depth++) {
      reader.limit(depth);
      const precedence = PRECEDENCE[reader.next.type] ?? -1;
      if (precedence < least) break;
      const operator = reader.take();
      const { returnsBool, matching } = this.#matching(operator.type);
      const isRightFirst = operator.type === '^';
      const right = this.#expr(isRightFirst ? precedence : precedence + 1);
      const expr: Binary = {
        kind: 'binary',
        op: operator.type as BinaryOperator,
        left,
        right,
        returnsBool,
        matching,
        start: left.start,
        end: right.end,
      };
      const fills = matching.fillLeft !== undefined || matching.fillRight !== undefined;
      if (fills && !this.#experimental) {
        throw reader.error('binop fill modifiers are experimental and not enabled', expr);
      }
      left = expr;
    }
    reader.leave();
    return left;
  };

  #signed(): Expr {
    const sign = takeSign(this.#reader);
    if (!sign) return parseModifiers(this.#reader, this.#primary(), this.#experimental);
    const expr = this.#expr(SIGN_PRECEDENCE);
    if (expr.kind === 'number') return signed(sign, expr);
    return { kind: 'unary', op: sign.type as '-', expr, start: sign.start, end: expr.end };
  }

  #primary(): Expr {
    const reader = this.#reader;
    const { type, start } = reader.next;
    const number = parseNumber(reader);
    if (number) return number;
    if (type === TokenType.String) {
      const { text, end } = reader.take();
      return { kind: 'string', value: unquoted(text), start, end };
    }
    if (type === '(') {
      reader.take();
      const expr = this.#expr();
      return { kind: 'paren', expr, start, end: reader.expect(')').end };
    }
    if (type === '{') return parseSelector(reader);
    if (!isMetric(reader.next)) reader.refuse();
    const name = reader.take();
    const next = reader.next.type;
    const isAggregator = AGGREGATORS.has(type);
    if (isAggregator && (next === '(' || next === 'by' || next === 'without')) {
      return this.#aggregate(name);
    }
    const mayBeFunction =
      type === TokenType.Identifier || AT_WORDS.has(type) || DURATION_WORDS.has(type);
    return mayBeFunction && next === '(' ? this.#call(name) : parseSelector(reader, name);
  }

  #call(name: Token): Call {
    const { args, end } = parseArguments(this.#reader, this.#expr);
    const signature = FUNCTIONS.get(name.text);
    if (!signature) {
      throw this.#reader.error(`unknown function with name ${quoted(name.text)}`, name);
    }
    if (signature.experimental && !this.#experimental) {
      throw this.#reader.error(`function ${quoted(name.text)} is not enabled`, name);
    }
    return { kind: 'call', name: name.text, args, start: name.start, end };
  }

  #aggregate({ type, start }: Token): Aggregate {
    const reader = this.#reader;
    const outer = reader.context;
    reader.context = AGGREGATION;
    const grouping = this.#grouping();
    const { args } = parseArguments(reader, this.#expr);
    reader.context = outer;
    const { labels, without } = grouping ?? this.#grouping() ?? { labels: [], without: false };
    const { end } = reader;
    const op = type as AggregateOperator;
    const refuse = (message: string) => reader.error(message, { start, end }, 'type');
    if (args.length === 0) throw refuse('no arguments for aggregate expression provided');
    if ((op === 'limitk' || op === 'limit_ratio') && !this.#experimental) {
      const flag = '--enable-feature=promql-experimental-functions';
      throw refuse(`${op}() is experimental and must be enabled with ${flag}`);
    }
    const count = WITH_PARAMETER.includes(op) ? 2 : 1;
    if (args.length !== count) {
      const numbers = `expected ${count}, got ${args.length}`;
      throw refuse(`wrong number of arguments for aggregate expression provided, ${numbers}`);
    }
    const expr = args[count - 1]!;
    const param = count === 2 ? args[0] : undefined;
    return { kind: 'aggregate', op, expr, param, without, grouping: labels, start, end };
  }

  /** Parses `by (…)` or `without (…)`, if it is there. */
  #grouping(): { labels: string[]; without: boolean } | undefined {
    const reader = this.#reader;
    const word = reader.takeIf('by') ?? reader.takeIf('without');
    return word && { labels: parseLabels(reader), without: word.type === 'without' };
  }

  /** Parses what stands between an operator and its right side. */
  #matching(operator: string): { returnsBool: boolean; matching: Matching } {
    const reader = this.#reader;
    const returnsBool = reader.takeIf('bool') !== undefined;
    const word = reader.takeIf('on') ?? reader.takeIf('ignoring');
    const labels = word ? parseLabels(reader) : [];
    const group = word && (reader.takeIf('group_left') ?? reader.takeIf('group_right'));
    const hasList = group && (reader.next.type === '(' || !startsExpr(reader.next));
    const include = hasList ? parseLabels(reader) : [];
    const isSet = operator === 'and' || operator === 'or' || operator === 'unless';
    const cardinality = group
      ? group.type === 'group_left'
        ? 'many-to-one'
        : 'one-to-many'
      : isSet
        ? 'many-to-many'
        : 'one-to-one';
    const on = word?.type === 'on';
    return { returnsBool, matching: { cardinality, on, labels, include, ...this.#fills() } };
  }

  #fills(): Pick<Matching, 'fillLeft' | 'fillRight'> {
    const both = this.#fill('fill');
    if (both !== undefined) return { fillLeft: both, fillRight: both };
    const first = this.#fill('fill_left');
    const fillRight = this.#fill('fill_right');
    const fillLeft = first ?? (fillRight === undefined ? undefined : this.#fill('fill_left'));
    return { fillLeft, fillRight };
  }

  #fill(word: string): number | undefined {
    const reader = this.#reader;
    if (!reader.takeIf(word)) return undefined;
    reader.expect('(');
    const sign = takeSign(reader);
    const number = parseNumber(reader) ?? reader.refuse();
    reader.expect(')');
    return sign ? signed(sign, number).value : number.value;
  }
}
