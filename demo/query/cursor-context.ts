/** Finds out what is being written where the cursor stands in an expression. It may be half written. */

export type Wanted =
  /** A metric, function, aggregator or keyword. */
  | { readonly kind: 'word' }
  /** A label of one of these metrics. In braces a matcher follows, and the labels that are there are `used`. */
  | {
      readonly kind: 'label';
      readonly metrics: readonly string[];
      readonly inBraces: boolean;
      readonly used: readonly string[];
    }
  /** What stands in quotes behind a label. */
  | { readonly kind: 'value'; readonly label: string; readonly metrics: readonly string[] }
  | { readonly kind: 'duration' };

export interface CursorContext {
  readonly wanted: Wanted;
  /** Where the word begins and ends that the cursor stands in. Both are the cursor if there is none. */
  readonly from: number;
  readonly to: number;
}

const TOKEN =
  /"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|`[^`]*`?|#.*|[a-zA-Z_:][\w:]*|\d[\w.]*|[=!]~|!=|\s+|[\s\S]/gy;
const NAME = /^[a-zA-Z_:]/;
const QUOTE = /^["'`]/;
const TAKES_LABELS = /^(by|without|on|ignoring|group_left|group_right)$/;

interface Bracket {
  readonly open: string;
  /** The word before it. */
  readonly after: string;
  /** The names that were written in it, which in braces are labels. */
  readonly names: string[];
}

/** Returns `undefined` where nothing can be completed: in a comment, or in a text that is no label's value. */
export function contextAt(text: string, cursor: number): CursorContext | undefined {
  const tokens = text.slice(0, cursor).match(TOKEN) ?? [];
  const last = tokens.at(-1) ?? '';
  if (last.startsWith('#')) return undefined;
  const inText = QUOTE.test(last) && !isClosed(last);
  const isWord = NAME.test(last) || /^\d/.test(last);
  const before = inText || isWord ? tokens.slice(0, -1) : tokens;
  const from = inText ? cursor - last.length + 1 : isWord ? cursor - last.length : cursor;
  const rest = inText ? /^[^"'`]*/ : /^[\w:]*/;
  const to = cursor + rest.exec(text.slice(cursor))![0].length;
  const wanted = wantedAfter(before, inText, text);
  return wanted && { wanted, from, to };
}

function wantedAfter(tokens: readonly string[], inText: boolean, text: string): Wanted | undefined {
  const written = tokens.filter((token) => !/^[\s#]/.test(token));
  const bracket = innermost(written);
  const metrics = bracket?.open === '{' && bracket.after ? [bracket.after] : namesIn(text);
  if (inText) {
    const label = written.at(-2) ?? '';
    return bracket?.open === '{' && NAME.test(label)
      ? { kind: 'value', label, metrics }
      : undefined;
  }
  if (bracket?.open === '[' || /^offset$/i.test(written.at(-1) ?? '')) return { kind: 'duration' };
  if (bracket?.open === '{') {
    // Behind an operator there is a text, which is not begun yet.
    if (/^[=!]/.test(written.at(-1) ?? '')) return undefined;
    return { kind: 'label', metrics, inBraces: true, used: bracket.names };
  }
  if (bracket && TAKES_LABELS.test(bracket.after.toLowerCase())) {
    return { kind: 'label', metrics, inBraces: false, used: bracket.names };
  }
  return { kind: 'word' };
}

/** Returns the bracket that is still open at the end. */
function innermost(tokens: readonly string[]): Bracket | undefined {
  const open: Bracket[] = [];
  tokens.forEach((token, i) => {
    const before = tokens[i - 1] ?? '';
    if (/^[{([]$/.test(token)) {
      open.push({ open: token, after: NAME.test(before) ? before : '', names: [] });
    } else if (/^[})\]]$/.test(token)) {
      open.pop();
    } else if (NAME.test(token)) {
      open.at(-1)?.names.push(token);
    }
  });
  return open.at(-1);
}

function namesIn(text: string): string[] {
  return (text.match(TOKEN) ?? []).filter((token) => NAME.test(token));
}

function isClosed(quoted: string): boolean {
  const inside = quoted.slice(0, -1);
  const escaped = (/\\*$/.exec(inside)?.[0].length ?? 0) % 2 === 1;
  return inside !== '' && quoted.endsWith(quoted[0]) && !escaped;
}
