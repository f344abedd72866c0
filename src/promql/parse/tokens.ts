import type { Span } from '../ast.ts';
import { quoted } from '../quoted.ts';

/** A word of a query. */
export interface Token extends Span {
  /** One of `TokenType`, or for operators, punctuation and keywords the token itself in small letters. */
  readonly type: string;
  readonly text: string;
}

export const TokenType = {
  End: 'end of input',
  Identifier: 'identifier',
  /** A name with a colon. */
  MetricIdentifier: 'metric identifier',
  Number: 'number',
  Duration: 'duration',
  String: 'string',
} as const;

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

export const AGGREGATORS = words(
  'sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk limit_ratio',
);
/** Keywords that stand for a time or a duration where one is expected, and are names of functions elsewhere. */
export const DURATION_WORDS = words('step range max_of min_of');
export const AT_WORDS = words('start end');
const OPERATOR_WORDS = words('and or unless atan2');
const MODIFIERS = words(
  'offset smoothed anchored by without on ignoring group_left group_right fill fill_left fill_right bool',
);
const OPERATORS = words('+ / == =~ >= > </ >/ < <= % * != !~ ^ - @');

export const KEYWORDS: ReadonlySet<string> = new Set([
  ...AGGREGATORS,
  ...DURATION_WORDS,
  ...AT_WORDS,
  ...OPERATOR_WORDS,
  ...MODIFIERS,
]);

const NAMES = [TokenType.Identifier, TokenType.MetricIdentifier];
/** What can be the name of a metric, besides names. */
const METRICS: ReadonlySet<string> = new Set([
  ...NAMES,
  ...AGGREGATORS,
  ...DURATION_WORDS,
  ...AT_WORDS,
  ...words('and or unless by without offset smoothed anchored fill fill_left fill_right'),
]);
/** What can be the name of a label in a list such as that of `by`. */
export const LABELS: ReadonlySet<string> = new Set(
  [...NAMES, ...KEYWORDS].filter((type) => type !== 'without'),
);
export const isMetric = (token: Token): boolean => METRICS.has(token.type);

const STARTS = words('number duration string ( { + -');
/** Whether an expression can start with a token. */
export const startsExpr = (token: Token): boolean => isMetric(token) || STARTS.has(token.type);

/** Returns a token as Prometheus' messages have it. */
export function described({ type, text }: Token): string {
  if (type === TokenType.End) return type;
  if (OPERATORS.has(type) || OPERATOR_WORDS.has(type)) return `<op:${text}>`;
  if (AGGREGATORS.has(type)) return `<aggr:${text}>`;
  if (MODIFIERS.has(type)) return `<${text}>`;
  if (NAMES.includes(type as never)) return `${type} ${quoted(text)}`;
  return Object.values<string>(TokenType).includes(type)
    ? `${type} ${shortened(text)}`
    : shortened(text);
}

/** Texts of more than 10 bytes are cut after 10 characters. */
function shortened(text: string): string {
  const isLong = text.length > 10 || new TextEncoder().encode(text).length > 10;
  return isLong ? `${quoted([...text.slice(0, 20)].slice(0, 10).join(''))}...` : quoted(text);
}
