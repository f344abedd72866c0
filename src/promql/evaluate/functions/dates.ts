import type { GridFunction } from '../called.ts';
import { scalarGrid } from '../grid.ts';
import { ofEach } from './maths.ts';

const DAY = 86_400_000;
/** The calendar is the same again after 400 years, weekdays included. Seconds. */
const CYCLE = 146_097 * 86_400;

/** What a calendar says of a time. Always in UTC. */
const PARTS: Readonly<Record<string, (date: Date) => number>> = {
  year: (date) => date.getUTCFullYear(),
  month: (date) => date.getUTCMonth() + 1,
  day_of_month: (date) => date.getUTCDate(),
  day_of_week: (date) => date.getUTCDay(),
  day_of_year: (date) =>
    Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / DAY) + 1,
  days_in_month: (date) =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  hour: (date) => date.getUTCHours(),
  minute: (date) => date.getUTCMinutes(),
};

/**
 * What Prometheus says, on x86-64, of numbers of seconds that are none or that 64 bits cannot hold: they become the
 * last second of Go's calendar.
 */
const BEYOND: Readonly<Record<string, number>> = {
  ...{ year: 292_277_026_596, month: 12, day_of_month: 4, day_of_week: 0, day_of_year: 339 },
  ...{ days_in_month: 31, hour: 15, minute: 30 },
};

/** Without an argument it is of the time at which the query is evaluated. */
function ofTimes(part: (date: Date) => number, beyond: number): GridFunction {
  const ofSeconds = (seconds: number) => {
    if (!(Math.abs(seconds) < 2 ** 63)) return beyond;
    // A `Date` reaches to the year 275760 only.
    const rest = Math.trunc(seconds) % CYCLE;
    const years = 400 * Math.round((Math.trunc(seconds) - rest) / CYCLE);
    return part(new Date(rest * 1000)) + (part === PARTS.year ? years : 0);
  };
  const ofVector = ofEach(ofSeconds);
  return (called) => {
    const { run, frame, args } = called;
    if (args.length > 0) return ofVector(called);
    return scalarGrid(run.budget, frame.count, (k) =>
      ofSeconds(Math.floor((frame.start + k * frame.step) / 1000)),
    );
  };
}

export const DATES: Readonly<Record<string, GridFunction>> = Object.fromEntries(
  Object.entries(PARTS).map(([name, part]) => [name, ofTimes(part, BEYOND[name]!)]),
);
