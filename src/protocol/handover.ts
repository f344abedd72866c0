import type { MemoryPart } from '../pages/memory-mirror.ts';

/** A handover as the owner has gathered it. */
export interface GatheredHandover extends Omit<KeptHandover, 'events'> {
  readonly events: readonly EventsPart[];
}

/** A part of a `Handover`, encoded. With all families it may be several MB, and those seldom change. */
export interface KeptHandover {
  readonly latest: Uint8Array;
  /** The families, and nothing else; absent if they have not changed. */
  readonly totals?: Uint8Array | undefined;
  /** What is new in the memory of joined threads, in order, or all of it. */
  readonly memory?: readonly (readonly [thread: number, part: MemoryPart])[] | undefined;
  /** Absent if they have not changed. */
  readonly events?: EventsPart | undefined;
  /** What the parts of features keep; absent if it has not changed. */
  readonly states?: PartStates | undefined;
}

/** What the parts of features keep, by their names. */
export type PartStates = readonly (readonly [name: string, state: string])[];

/** What is new in the log of events, oldest first. */
export interface EventsPart {
  /** How many of the earlier events are still in the log. */
  readonly before: number;
  readonly count: number;
  /** The events, one per line. */
  readonly texts: Uint8Array;
}
