import type { GridFunction } from '../called.ts';
import { scalarGrid } from '../grid.ts';
import { ofEach } from './maths.ts';

const DAY = 86_400_000;

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

/** Without an argument it is of the time at which the query is evaluated. */
function ofTimes(part: (date: Date) => number): GridFunction {
  const ofSeconds = (seconds: number) => part(new Date(Math.trunc(seconds) * 1000));
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
  Object.entries(PARTS).map(([name, part]) => [name, ofTimes(part)]),
);
