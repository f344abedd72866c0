/** A part of a pattern: any characters, or one that meets a condition. */
type Part = 'any' | ((character: string) => boolean);

/**
 * Returns whether a name is what a pattern stands for, as Go's `path/filepath.Match` says it: with `*`, `?`, `[a-z]`,
 * `[^a-z]`, and a backslash before what is meant as it is. It takes no longer than the product of both lengths.
 * @throws Error if the pattern is none
 */
export function matchesGlob(pattern: string, name: string): boolean {
  const parts = partsOf(pattern);
  const characters = [...name];
  let part = 0;
  let at = 0;
  // Where it goes on if the last star is to stand for one character more.
  let star = -1;
  let starAt = 0;
  while (at < characters.length) {
    const one = parts[part];
    if (one === 'any') {
      star = part++;
      starAt = at;
    } else if (one?.(characters[at]!)) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++starAt;
    } else return false;
  }
  return parts.slice(part).every((one) => one === 'any');
}

function partsOf(pattern: string): readonly Part[] {
  const parts: Part[] = [];
  const left = [...pattern];
  const next = (): string => {
    const character = left.shift();
    if (character === undefined)
      throw new Error(`wrong pattern of paths: ${JSON.stringify(pattern)}`);
    return character;
  };
  const literal = () => {
    const character = next();
    return character === '\\' ? next() : character;
  };
  while (left.length > 0) {
    if (left[0] === '*') {
      left.shift();
      parts.push('any');
    } else if (left[0] === '?') {
      left.shift();
      parts.push(() => true);
    } else if (left[0] === '[') {
      left.shift();
      parts.push(classOf(left, literal));
    } else {
      const meant = literal();
      parts.push((character) => character === meant);
    }
  }
  return parts;
}

/** Reads a class up to its end. */
function classOf(left: string[], literal: () => string): (character: string) => boolean {
  const isNegated = left[0] === '^';
  if (isNegated) left.shift();
  const ranges: [number, number][] = [];
  while (ranges.length === 0 || left[0] !== ']') {
    const from = literal().codePointAt(0)!;
    let to = from;
    if (left[0] === '-') {
      left.shift();
      to = literal().codePointAt(0)!;
    }
    ranges.push([from, to]);
  }
  left.shift();
  return (character) => {
    const code = character.codePointAt(0)!;
    return ranges.some(([from, to]) => code >= from && code <= to) !== isNegated;
  };
}
