import type { Erasure, FamilyDefinition } from '../model.ts';
import type { TotalsRecord } from './totals-record.ts';

/**
 * What the collector alone holds, and a successor needs when its worker fails: the events, and what
 * ended threads, earlier processes and the collector itself have counted. The thread that owns the
 * collector keeps it; what is in the cells of threads outlives the worker without it.
 */
export interface Estate extends TotalsRecord {
  /** Events that the log has and `events` has not: they would be too much for the owner to keep. */
  readonly withheld: number;
  /** How many events of each thread have arrived so far, kept or not. */
  readonly received: readonly (readonly [thread: number, events: number])[];
  /** The threads that had joined, whose memory is kept apart. */
  readonly threads: readonly EstateThread[];
  /** Of threads that have left: `families` has what they counted, although they may not know. */
  readonly left: readonly number[];
  /** Resets and removals that were done, although those who asked may not know. */
  readonly erased: readonly number[];
  /** The store that the collector wrote to, and the records that are part of `families`. */
  readonly store: string | undefined;
  readonly absorbed: readonly string[];
}

export interface EstateThread {
  readonly id: number;
  /** The Web Lock that it holds while it lives. */
  readonly lock?: string | undefined;
  /** What others have reset or removed and it has yet to do. */
  readonly unheard: readonly Erasure[];
}

/** The part of it that is as large as there are series, and seldom changes. */
export interface EstateTotals extends TotalsRecord {
  /** Of families that may have no thread any more that could tell of them. */
  readonly definitions: readonly FamilyDefinition[];
}

/** Characters of events in an estate: it is sent often, and to a thread that has other work. */
const MAX_EVENTS_LENGTH = 262_144;

/** The newest events of the log, as many as an estate takes. */
export function estateEvents(log: readonly string[]): Pick<Estate, 'events' | 'withheld'> {
  let first = log.length;
  for (let left = MAX_EVENTS_LENGTH; first > 0; first--) {
    left -= log[first - 1]!.length;
    if (left < 0) break;
  }
  return { events: log.slice(first), withheld: first };
}
