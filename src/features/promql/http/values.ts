import { Wrong } from '../refused.ts';

// How Prometheus reads the values of parameters.

const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const RFC_3339 = /^(\d{4}-\d\d-(\d\d))T([01]\d|2[0-3]):\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
/** Each unit in milliseconds, in the order in which they must come. */
const UNITS = { y: 31_536e6, w: 6_048e5, d: 864e5, h: 36e5, m: 6e4, s: 1000, ms: 1 };
const DURATION = new RegExp(
  `^${Object.keys(UNITS)
    .map((unit) => `(?:(\\d+)${unit})?`)
    .join('')}$`,
);
/** The longest duration, in milliseconds: Prometheus counts nanoseconds in 64 bits. */
const LONGEST = 9_223_372_036_854;

/** The first and the last time that there are, in milliseconds since 1970, and how clients write them. */
export const MIN_TIME = -9_223_309_901_257_974e3;
export const MAX_TIME = 9_223_309_901_257_974e3;
const BOUNDS: Readonly<Record<string, number>> = {
  '-292273086-05-16T16:47:06Z': MIN_TIME,
  '292277025-08-18T07:12:54.999999999Z': MAX_TIME,
};

/**
 * Returns milliseconds since 1970.
 * @param text seconds since 1970, or a time by RFC 3339
 * @throws Wrong
 */
export function time(text: string): number {
  if (FLOAT.test(text)) {
    const seconds = Number(text);
    const whole = Math.trunc(seconds);
    const found = whole * 1000 + Math.round((seconds - whole) * 1000);
    if (found >= MIN_TIME && found <= MAX_TIME) return found;
  }
  const [, date = '', day] = RFC_3339.exec(text) ?? [];
  // `Date` takes the 30th of February for the 1st or 2nd of March.
  const isDay = Number(day) === new Date(`${date}T00:00Z`).getUTCDate();
  const found = isDay ? Date.parse(text) : (BOUNDS[text] ?? Number.NaN);
  if (Number.isNaN(found)) throw new Wrong(`cannot parse ${quoted(text)} to a valid timestamp`);
  return found;
}

/** The same for a parameter that need not be given. */
export function optionalTime(name: string, text: string, otherwise: number): number {
  if (text === '') return otherwise;
  try {
    return time(text);
  } catch (error) {
    throw new Wrong(`invalid time value for '${name}': ${(error as Error).message}`);
  }
}

/**
 * Returns milliseconds.
 * @param text seconds, or a duration such as `1h30m`
 * @throws Wrong
 */
export function duration(text: string): number {
  const parts = DURATION.exec(text);
  const isFloat = FLOAT.test(text);
  if (!isFloat && !(parts && text)) {
    throw new Wrong(`cannot parse ${quoted(text)} to a valid duration`);
  }
  const found = isFloat
    ? Number(text) * 1000
    : Object.values(UNITS).reduce((sum, unit, i) => sum + Number(parts![i + 1] ?? 0) * unit, 0);
  if (Math.abs(found) <= LONGEST) return found;
  const overflow = isFloat ? '. It overflows int64' : '';
  throw new Wrong(`cannot parse ${quoted(text)} to a valid duration${overflow}`);
}

/** Returns a whole number; `undefined` if it is not one. */
export function whole(text: string): number | undefined {
  const found = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isNaN(found) ? undefined : found;
}

/**
 * Returns how many results are wanted; 0 means all.
 * @throws Wrong
 */
export function limit(text: string): number {
  if (text === '') return 0;
  const found = whole(text);
  if (found === undefined) {
    throw new Wrong(`strconv.Atoi: parsing ${quoted(text)}: invalid syntax`);
  }
  if (Math.abs(found) >= 2 ** 63) {
    throw new Wrong(`strconv.Atoi: parsing ${quoted(text)}: value out of range`);
  }
  if (found < 0) throw new Wrong('limit must be non-negative');
  return found;
}

/** The longest part of a value that an answer repeats. */
const MOST_SHOWN = 200;

/** Writes a text as Go does with `%q`, as far as JSON does the same. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, MOST_SHOWN));
}
