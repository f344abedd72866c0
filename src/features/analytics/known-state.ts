import { textHash } from '../../bytes/text-hash.ts';
import type { Labels } from '../../model.ts';
import { targetText } from './target.ts';
import type { WatchPlan } from './watch-plan.ts';

/** A series that was there at a later time than this has a wrong time. Seconds since 1970, as far as a `Date` goes. */
const LATEST = 8.64e12;

/** What is kept of a series beside what its detector keeps. Times are seconds since 1970. */
export interface Episode {
  /** Since when there is an anomaly; 0 if there is none. */
  readonly since: number;
  /** How many values in a row were none. */
  readonly calm: number;
}

/** What is known of a series that is not there now. */
export interface KnownState {
  /** What its detector has saved. */
  readonly detector: Uint8Array;
  readonly episode: Episode;
  /** When its last value came: seconds since 1970. */
  readonly time: number;
}

/** A series of which something is known. */
export type KnownSeries = readonly [key: string, state: KnownState];

/** A series with what is known of it, which is asked for when it is written. */
export type KeptDetector = readonly [key: string, state: () => KnownState];

/** What is written of a series beside its detector. */
export type SeriesNote = readonly [key: string, time: number, since: number, calm: number];

/**
 * Returns a text that names a series of a watch, and no other. Another target is another series, since the next version
 * of an application may give a watch another target and no other name. Of an expression, which may be long, a hash is enough.
 */
export function seriesKey({ name, target }: WatchPlan, labels: Labels, statistic: string): string {
  const entries = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
  return `${keysOf(name)}${JSON.stringify([textHash(targetText(target)), statistic, entries])}`;
}

/** Returns how the keys of all series of a watch begin. */
export const keysOf = (watch: string) => JSON.stringify([watch]);

export function noteOf(key: string, { time, episode }: KnownState): SeriesNote {
  // A clock that was set before 1970 must not make all that is written with it unsound.
  return [key, Math.max(0, time), Math.max(0, episode.since), episode.calm];
}

/** Whether it begins as a note does. */
export function isNote(value: unknown): value is readonly unknown[] {
  if (!Array.isArray(value)) return false;
  const [key, time, since, calm] = value;
  return typeof key === 'string' && [time, since].every(isTime) && isCount(calm);
}

export function stateOf(
  [, time, since, calm]: readonly [...SeriesNote, ...unknown[]],
  detector: Uint8Array,
): KnownState {
  return { time, episode: { since, calm }, detector };
}

const isTime = (value: unknown) => typeof value === 'number' && value >= 0 && value <= LATEST;
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
