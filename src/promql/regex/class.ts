import { escaped, PERL_CLASSES, POSIX_CLASSES, type SetParts, unicodeClass } from './char-set.ts';
import { escapeAt } from './escape.ts';
import { RegexError } from './regex-error.ts';

/** Reads a class such as `[^a-z\d]`. Returns what it is made of, and where it ends. */
export function classAt(
  pattern: string,
  start: number,
  fold: boolean,
): [parts: SetParts, end: number] {
  const negated = pattern[start + 1] === '^';
  const parts: SetParts = { inside: '', outside: [], fold, negated };
  const first = start + (negated ? 2 : 1);
  let at = first;
  // A bracket that comes first is a plain character.
  while (pattern[at] !== ']' || at === first) {
    const named = posixClassAt(pattern, at, parts) || namedClassAt(pattern, at, parts);
    if (named) {
      at = named;
      continue;
    }
    const from = at;
    let [low, end] = charAt(pattern, at, start);
    let high = low;
    if (pattern[end] === '-' && end + 1 < pattern.length && pattern[end + 1] !== ']') {
      [high, end] = charAt(pattern, end + 1, start);
      if (high < low)
        throw new RegexError('invalid character class range', pattern.slice(from, end));
    }
    parts.inside += `${escaped(low)}-${escaped(high)}`;
    at = end;
  }
  return [parts, at + 1];
}

function charAt(pattern: string, at: number, start: number): [code: number, end: number] {
  if (at >= pattern.length) throw new RegexError('missing closing ]', pattern.slice(start));
  if (pattern[at] === '\\') return escapeAt(pattern, at);
  const code = pattern.codePointAt(at)!;
  return [code, at + (code > 0xffff ? 2 : 1)];
}

/** Reads `[:alpha:]` or `[:^alpha:]`. Returns where it ends, or 0 if it is none. */
function posixClassAt(pattern: string, at: number, into: SetParts): number {
  if (!pattern.startsWith('[:', at)) return 0;
  const end = pattern.indexOf(':]', at + 2) + 2;
  if (end < 2) return 0;
  const text = pattern.slice(at, end);
  const [, not, name] = /^\[:(\^?)(.*):\]$/s.exec(text)!;
  add(into, Object.hasOwn(POSIX_CLASSES, name!) ? POSIX_CLASSES[name!] : undefined, !!not, text);
  return end;
}

/** Reads `\d`, `\pL`, `\p{Greek}`, `\P{^Greek}` and the like. Returns where it ends, or 0 if it is none. */
export function namedClassAt(pattern: string, at: number, into: SetParts): number {
  const sticky = /\\(?:([dswDSW])|([pP])(?:\{(\^?)([^}]*)(\}?)|(.?)))/suy;
  sticky.lastIndex = at;
  const found = sticky.exec(pattern);
  if (!found) return 0;
  const [text, perl, sign, not, name, closed, letter] = found;
  if (perl) {
    const small = perl.toLowerCase();
    add(into, PERL_CLASSES[small], perl !== small, text);
  } else {
    const known = closed === '' ? undefined : unicodeClass(name ?? letter!);
    add(into, known, (sign === 'P') !== !!not, text);
  }
  return sticky.lastIndex;
}

function add(into: SetParts, source: string | undefined, negated: boolean, text: string): void {
  if (source === undefined) throw new RegexError('invalid character class range', text);
  if (negated) into.outside.push(source);
  else into.inside += source;
}
