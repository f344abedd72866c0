import { quoted } from '../../../promql/quoted.ts';
import { unicodeName } from './template-error.ts';

export type TokenKind =
  | 'text'
  | '{{'
  | '}}'
  | 'space'
  | 'string'
  | 'variable'
  | 'field'
  | 'number'
  | 'character'
  | 'name'
  | 'keyword'
  | 'sign'
  | 'error'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** What was written; of an error, what is wrong. */
  readonly text: string;
  readonly at: number;
}

const WORD = '[\\p{L}\\p{Nd}_]';
const SPACE = '[ \\t\\r\\n]';
/** What may stand within an action. The first that fits is taken. */
const RULES: readonly (readonly [TokenKind, RegExp])[] = [
  ['}}', new RegExp(`(?:${SPACE}-)?\\}\\}`, 'y')],
  // The last space belongs to a minus that trims.
  ['space', new RegExp(`${SPACE}+(?=${SPACE}-\\}\\})|${SPACE}+`, 'y')],
  [
    'number',
    /(?=[+-]|\.?\d)[+-]?(?:0[xX][\da-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|[\d_]*\.?[\d_]*(?:[eE][+-]?[\d_]*)?)/y,
  ],
  ['string', /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y],
  ['character', /'(?:[^'\\\n]|\\[^\n])*'/y],
  ['variable', new RegExp(`\\$${WORD}*`, 'uy')],
  ['field', new RegExp(`\\.${WORD}+`, 'uy')],
  ['name', new RegExp(`${WORD}+`, 'uy')],
  ['sign', /:=|[=|(),.!-~]/y],
];
const UNTERMINATED: Readonly<Record<string, string>> = {
  '"': 'unterminated quoted string',
  '`': 'unterminated raw quoted string',
  "'": 'unterminated character constant',
  ':': 'expected :=',
};
const KEYWORDS = /^(?:block|break|continue|define|else|end|if|nil|range|template|true|false|with)$/;
/** What may follow a name, a field or a variable. */
const TERMINATOR = /^(?:[ \t\r\n.,|:)(]|\}\}|$)/;

/** Divides a template. The last token is the end or an error. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const add = (kind: TokenKind, content: string, at: number) =>
    tokens.push({ kind, text: content, at });
  let at = 0;
  let trims = false;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    const end = open < 0 ? text.length : open;
    let plain = text.slice(at, end);
    let start = at;
    if (trims) {
      start += plain.length - plain.replace(/^[ \t\r\n]+/, '').length;
      plain = text.slice(start, end);
    }
    const trimsBefore = open >= 0 && /^-[ \t\r\n]/.test(text.slice(open + 2, open + 4));
    if (trimsBefore) plain = plain.replace(/[ \t\r\n]+$/, '');
    if (plain) add('text', plain, start);
    if (open < 0) break;
    const inside = open + (trimsBefore ? 4 : 2);
    const found = text.startsWith('/*', inside)
      ? skipComment(text, inside)
      : scanAction(text, open, inside, add);
    if (typeof found === 'string') {
      add('error', found, Math.min(inside, text.length));
      return tokens;
    }
    [at, trims] = found;
  }
  add('end', '', text.length);
  return tokens;
}

type End = [at: number, trims: boolean];

function skipComment(text: string, from: number): End | string {
  const end = text.indexOf('*/', from + 2);
  if (end < 0) return 'unclosed comment';
  const close = /(?:[ \t\r\n](-))?\}\}/y;
  close.lastIndex = end + 2;
  const found = close.exec(text);
  return found ? [close.lastIndex, !!found[1]] : 'comment ends before closing delimiter';
}

/** Divides what stands between braces. Returns where it ends, or what is wrong. */
function scanAction(
  text: string,
  open: number,
  from: number,
  add: (kind: TokenKind, content: string, at: number) => void,
): End | string {
  add('{{', '{{', open);
  let depth = 0;
  for (let at = from; at < text.length; ) {
    const [kind, content] = tokenAt(text, at);
    const end = at + content.length;
    if (kind === 'error') return content;
    if (kind === '}}') {
      if (depth > 0) return 'unclosed left paren';
      add('}}', '}}', end - 2);
      return [end, content !== '}}'];
    }
    if (content === '(') depth++;
    add(kind === 'name' && KEYWORDS.test(content) ? 'keyword' : kind, content, at);
    if (content === ')' && --depth < 0) return "unexpected right paren U+0029 ')'";
    at = end;
  }
  return 'unclosed action';
}

function tokenAt(text: string, at: number): [kind: TokenKind, content: string] {
  const char = String.fromCodePoint(text.codePointAt(at)!);
  for (const [kind, rule] of RULES) {
    rule.lastIndex = at;
    const content = rule.exec(text)?.[0];
    if (!content) continue;
    const rest = text.slice(at + content.length, at + content.length + 2);
    const next = rest && String.fromCodePoint(text.codePointAt(at + content.length)!);
    if (kind === 'number' && /^[\p{L}\p{Nd}_+-]/u.test(next)) {
      return ['error', `bad number syntax: ${quoted(content + next)}`];
    }
    if (kind === 'sign' && UNTERMINATED[content]) break;
    const isWord = kind === 'name' || kind === 'field' || kind === 'variable';
    if (isWord && !TERMINATOR.test(rest)) return ['error', `bad character ${unicodeName(next)}`];
    return [kind, content];
  }
  return ['error', UNTERMINATED[char] ?? `unrecognized character in action: ${unicodeName(char)}`];
}
