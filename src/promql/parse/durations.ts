import type { Duration, DurationExpression, Span } from '../ast.ts';
import { QueryError } from '../query-error.ts';
import { quoted } from '../quoted.ts';

/** The units of durations from the largest to the smallest, in milliseconds. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
]);
const UNIT_NAMES = [...UNITS.keys()];
/** Units that are printed only if nothing is left: `90d` is easier to read than `12w6d`. */
const WHOLE_ONLY = 'yw';

/** The most seconds that Go's durations of 64 bits of nanoseconds can hold. */
export const LONGEST_DURATION = 2 ** 63 / 1e9;

/**
 * Returns the seconds of a duration such as `1h30m`.
 * @throws Error
 */
export function durationOf(text: string): number {
  const invalid = () => new Error(`not a valid duration string: ${quoted(text)}`);
  if (text.startsWith('.')) throw invalid();
  let ms = 0;
  let last = -1;
  for (const [, count, unit] of text.matchAll(/(\d+)(\D+)/g)) {
    const at = UNIT_NAMES.indexOf(unit!);
    if (at < 0) throw new Error(`unknown unit ${quoted(unit!)} in duration ${quoted(text)}`);
    if (at <= last || Number(count) >= 2 ** 64) throw invalid();
    last = at;
    ms += Number(count) * UNITS.get(unit!)!;
    if (ms >= LONGEST_DURATION * 1000) throw new Error('duration out of range');
  }
  return ms / 1000;
}

/** Returns a duration of milliseconds as Prometheus writes it, e.g. `1h30m`. */
export function printedDuration(ms: number): string {
  let rest = Math.trunc(Math.abs(ms));
  if (rest === 0) return '0s';
  let text = ms < 0 ? '-' : '';
  for (const [unit, size] of UNITS) {
    if (rest < size || (WHOLE_ONLY.includes(unit) && rest % size !== 0)) continue;
    text += `${Math.floor(rest / size)}${unit}`;
    rest %= size;
  }
  return text;
}

/** When a query is evaluated, in milliseconds. An instant query has no step, and ends where it starts. */
export interface QueryTimes {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/**
 * Returns how many whole milliseconds a duration has in a query.
 * @param mayBeNegative whether it is an offset
 * @throws QueryError if it is not finite, too long, or neither positive nor an offset
 */
export function resolvedDuration(
  duration: Duration,
  { start, end, step }: QueryTimes,
  mayBeNegative = false,
): number {
  if (typeof duration === 'number') return duration;
  const seconds = secondsOf(duration, step / 1000, (end - start) / 1000);
  if (!Number.isFinite(seconds)) throw unsound(duration, 'duration is NaN or infinite');
  if (seconds <= 0 && !mayBeNegative) throw unsound(duration, 'duration must be greater than 0');
  if (Math.abs(seconds) > LONGEST_DURATION) throw unsound(duration, 'duration is out of range');
  return Math.trunc(seconds * 1000);
}

function secondsOf(duration: DurationExpression, step: number, range: number): number {
  switch (duration.kind) {
    case 'number':
      return duration.value;
    case 'step':
      return step;
    case 'range':
      return range;
    case 'duration-paren':
      return secondsOf(duration.of, step, range);
    case 'negated':
      return -secondsOf(duration.of, step, range);
  }
  const left = secondsOf(duration.left, step, range);
  const right = secondsOf(duration.right, step, range);
  switch (duration.kind) {
    case 'min_of':
      return Math.min(left, right);
    case 'max_of':
      return Math.max(left, right);
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '^':
      return left ** right;
    case '/':
      if (right === 0) throw unsound(duration, 'division by zero');
      return left / right;
    case '%':
      if (right === 0) throw unsound(duration, 'modulo by zero');
      return left % right;
  }
}

const unsound = (span: Span, message: string): QueryError =>
  new QueryError('type', message, undefined, { start: span.start, end: span.end });
