import type { TimeInput } from '@opentelemetry/api';
import { NO_NANOSECONDS } from '../../../features/traces/span-batch.ts';
import { currentTime, monotonicMilliseconds } from '../../../platform/timers.ts';

/** A time as a batch has it: milliseconds since 1970, or whole seconds and nanoseconds. */
export type BatchTime = readonly [milliseconds: number, nanoseconds: number];

/** If the clock that somebody sets is off by so much, traces that begin then go by it. Milliseconds. */
const MOST_DRIFT = 50;
/** So often it is looked at. Milliseconds. */
const LOOK = 100;

/** No honest time is later, and OTLP has 64 bits for its nanoseconds. Milliseconds. */
const LATEST = 1.8e13;
/** Spans that begin by a clock that is set to this have time to end. Milliseconds. */
const LATEST_START = 1.7e13;

/** What has to be added to the clock that nobody sets to have the time since 1970. Milliseconds. */
let offset = 0;
/** Until when nobody looks whether it still holds, by the clock that nobody sets. */
let holdsUntil = -Infinity;

/** Milliseconds of a clock that nobody sets. */
export const elapsed = monotonicMilliseconds;

/**
 * Returns what the spans of a trace that begins at that moment add to `elapsed()`. It is the same for all of them, so
 * that no clock that is set in between can put a child before its parent.
 */
export function offsetAt(moment: number): number {
  if (moment < holdsUntil) return offset;
  holdsUntil = moment + LOOK;
  const now = currentTime() - moment;
  // This also holds at first, and if a machine has slept. The collector takes no batch with a time that OTLP cannot have.
  if (Math.abs(now - offset) > MOST_DRIFT && isSound(now, LATEST_START)) offset = now;
  return offset;
}

/**
 * Returns a time that the application has given; `undefined` if it is none.
 * @param offset what a time of `performance.now()` needs to be one since 1970
 */
export function givenTime(
  time: TimeInput | undefined,
  offset = offsetAt(elapsed()),
): BatchTime | undefined {
  try {
    return soundTime(time, offset);
  } catch {
    return undefined; // a proxy that cannot be read
  }
}

function soundTime(time: TimeInput | undefined, offset: number): BatchTime | undefined {
  if (typeof time === 'number') {
    // Small ones are of `performance.now()`, as for OpenTelemetry. BROWSER: Firefox tells of moments of a navigation that
    // are a few milliseconds below 0.
    const milliseconds = time <= elapsed() ? time + offset : time;
    return isSound(milliseconds) ? [milliseconds, NO_NANOSECONDS] : undefined;
  }
  if (Array.isArray(time)) {
    const [seconds, nanoseconds] = time;
    const isPair = time.length === 2;
    return isPair && isSound(seconds, LATEST / 1000) && isSound(nanoseconds, 1e12)
      ? [seconds, nanoseconds]
      : undefined;
  }
  const milliseconds = time instanceof Date ? time.getTime() : Number.NaN;
  return isSound(milliseconds) ? [milliseconds, NO_NANOSECONDS] : undefined;
}

const isSound = (time: unknown, end = LATEST): boolean =>
  typeof time === 'number' && time >= 0 && time < end;

/** As one number, times of today would be off by 200 nanoseconds. */
export const isLater = (one: BatchTime, other: BatchTime): boolean =>
  (secondsOf(one) - secondsOf(other)) * 1e9 + Math.max(one[1], 0) - Math.max(other[1], 0) > 0;

const secondsOf = ([time, nanoseconds]: BatchTime): number =>
  nanoseconds === NO_NANOSECONDS ? time / 1000 : time;

/** Returns a time as OpenTelemetry has it: whole seconds and nanoseconds. */
export function highResolution([time, given]: BatchTime): [number, number] {
  const isExact = given !== NO_NANOSECONDS;
  const seconds = isExact ? time : Math.trunc(time / 1000);
  const nanoseconds = isExact ? given : Math.round((time % 1000) * 1e6);
  const more = Math.trunc(nanoseconds / 1e9);
  return [seconds + more, nanoseconds - more * 1e9];
}
