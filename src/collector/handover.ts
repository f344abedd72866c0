import type { EventLog } from '../events/event-log.ts';
import type { Erasure, FamilyDefinition } from '../model.ts';
import type { EventsPart, GatheredHandover } from '../protocol/handover.ts';
import type { TotalsRecord } from './totals-record.ts';

/**
 * What the collector alone holds, and a successor needs when the worker fails: the events, and what ended
 * threads, earlier processes and the collector itself have counted. The thread that owns the collector keeps
 * it. What is in the cells of threads outlives the worker anyway.
 */
export interface Handover extends TotalsRecord {
  /** How many events the log has. The owner keeps the events apart, unless they are too large. */
  readonly logged: number;
  /** How many events of each thread have arrived so far, kept or not, and how many since all were cleared. */
  readonly received: readonly (readonly [thread: number, events: number, sinceCleared: number])[];
  /** The threads that had joined, whose memory is kept apart. */
  readonly threads: readonly HandoverThread[];
  /** Threads that have left, although they may not know. What they counted is in `families`. */
  readonly left: readonly number[];
  /** Resets and removals that were done, although those who asked may not know. */
  readonly erased: readonly number[];
  /** The store that the collector wrote to, and the records that are part of `families`. */
  readonly store: string | undefined;
  readonly absorbed: readonly string[];
}

export interface HandoverThread {
  readonly id: number;
  /** The Web Lock that it holds while it lives. */
  readonly lock?: string | undefined;
  /** What others have reset or removed, and this thread has yet to do. */
  readonly unheard: readonly Erasure[];
}

/** The part of a handover that is as large as there are series, and seldom changes. */
export interface HandoverTotals extends TotalsRecord {
  /** Definitions of families that may have no thread left that could tell of them. */
  readonly definitions: readonly FamilyDefinition[];
}

/** Returns the events that have come into the log after the first `known` ones. */
export function newEvents(log: EventLog, known: number): EventsPart {
  const entries = log.entries();
  const count = Math.min(log.count - known, entries.length);
  const before = entries.length - count;
  // JSON has no line breaks.
  const texts = new TextEncoder().encode(entries.slice(before).join('\n'));
  return { before, count, texts };
}

/** Returns the events of the log of the collector before this one. */
export function keptEvents({ logged }: Handover, { events }: GatheredHandover): string[] {
  const texts = events.flatMap((part) => new TextDecoder().decode(part.texts).split('\n'));
  return texts.slice(Math.max(0, texts.length - logged));
}
