const DIGITS = '0123456789';
const HEX_DIGITS = `${DIGITS}abcdefABCDEF`;
const UNITS = 'smhdwy';

/** Whether a character may be in a name. */
export const isWordChar = (char: string | undefined): boolean =>
  char !== undefined && /^\w$/.test(char);

/** What a number or duration is, and where it ends: behind what is wrong if it is bad. */
export interface Scanned {
  readonly type: 'number' | 'duration' | 'bad';
  readonly end: number;
}

/** Reads along a text, taking what is in a set of characters. */
class Reader {
  readonly text: string;
  at: number;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  is(set: string): boolean {
    return this.at < this.text.length && set.includes(this.text[this.at]!);
  }

  take(set: string): boolean {
    const is = this.is(set);
    if (is) this.at++;
    return is;
  }

  takeAll(set: string): void {
    while (this.take(set));
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }
}

/** Scans what begins with a digit or a point, as Prometheus' lexer does: bad numbers end in the same place. */
export function scanNumber(text: string, from: number): Scanned {
  const plain = scanPlain(text, from);
  if (plain) return plain;
  const reader = new Reader(text, from);
  if (takeNumber(reader)) return { type: 'number', end: reader.at };
  if (!takeRestOfDuration(reader)) return { type: 'bad', end: reader.at };
  return { type: 'duration', end: reader.at };
}

const PLAIN = /(?!0[xX])\d+(?:\.\d+)?(?!\w|\.)/y;

/** Nearly all numbers are plain. */
function scanPlain(text: string, from: number): Scanned | undefined {
  PLAIN.lastIndex = from;
  return PLAIN.test(text) ? { type: 'number', end: PLAIN.lastIndex } : undefined;
}

/** Takes what looks like a number. Whether it is one is seen when it is read. */
function takeNumber(reader: Reader): boolean {
  let digits = DIGITS;
  if (reader.take('0') && reader.take('xX')) {
    reader.take('_');
    digits = HEX_DIGITS;
  }
  reader.take('.');
  reader.take(digits);
  let hasPoint = false;
  let hasExponent = false;
  while (reader.is(`${digits}._eE`)) {
    if ((hasPoint && reader.take('.')) || (hasExponent && reader.take('eE'))) return false;
    if (reader.take('.')) {
      hasPoint = true;
      if (reader.take('_.') || digits !== DIGITS) return false;
    } else if (reader.take('eE')) {
      hasExponent = true;
      reader.take('+-');
      if (reader.take('._eE') || reader.isAtEnd) return false;
    } else if (reader.take('_')) {
      if (reader.take('._eE') || reader.isAtEnd) return false;
    } else {
      reader.takeAll(digits);
    }
  }
  return !isWordChar(reader.text[reader.at]);
}

/** Takes what follows the first digits of a duration. Units that do not exist are seen when it is read. */
function takeRestOfDuration(reader: Reader): boolean {
  if (!reader.take(UNITS)) return false;
  reader.take('s');
  while (reader.is(DIGITS)) {
    reader.takeAll(DIGITS);
    // Years come first only.
    if (!reader.take('smhdw')) return false;
    reader.take('s');
  }
  if (!isWordChar(reader.text[reader.at])) return true;
  reader.at++;
  return false;
}
