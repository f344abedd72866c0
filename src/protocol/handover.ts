import type { MemoryPart } from '../pages/memory-mirror.ts';

/** As the owner has gathered it. */
export interface GatheredHandover extends Omit<KeptHandover, 'events'> {
  readonly events: readonly EventsPart[];
}

/** A `Handover`, encoded: with all families it may be several MB, and those seldom change. */
export interface KeptHandover {
  readonly latest: Uint8Array;
  /** Families, and nothing else; absent where they are as they were. */
  readonly totals?: Uint8Array | undefined;
  /** Of threads that have joined, in order: what is new of their memory, or all of it. */
  readonly memory?: readonly (readonly [thread: number, part: MemoryPart])[] | undefined;
  /** Absent where they are as they were. */
  readonly events?: EventsPart | undefined;
  /** What the parts of features keep; absent where it is as it was. */
  readonly states?: PartStates | undefined;
}

/** What the parts of features keep, by their names. */
export type PartStates = readonly (readonly [name: string, state: string])[];

/** What is new in the log of events, oldest first. */
export interface EventsPart {
  /** So many of those that came before are still in it. */
  readonly before: number;
  readonly count: number;
  /** One a line. */
  readonly texts: Uint8Array;
}
