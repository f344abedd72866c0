import type { Labels } from '../../model.ts';
import type { Episode } from './watched-series.ts';

/** What is known of a series that is not there now. */
export interface KnownState {
  /** What its detector has saved. */
  readonly detector: Uint8Array;
  readonly episode: Episode;
  /** When its last value came: seconds since 1970. */
  readonly time: number;
}

/** Returns a text that names a series of a watch, and no other. */
export function seriesKey(watch: string, labels: Labels, statistic: string): string {
  const entries = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([watch, statistic, entries]);
}
