import type { EventBatch } from '../../protocol/event-batch.ts';

/**
 * Spans on their way to the collector. Like events they are a row of numbers and a list of texts. Numbers that stand
 * for a text count from 1 here, so that 0 stands for none.
 *
 * A span consists of a head (see below) and its attributes, events and links. An attribute consists of the text of its
 * key, and a value as events have it: a kind, and what the kind demands. An event consists of its name, its time, how
 * many attributes it lacks, how many it has, and these. A link has a context, and then the same as an event from the
 * number of lacking attributes on.
 */
export interface SpanBatch extends EventBatch {
  /** Who sends it: a random text for each outbox. */
  readonly outbox: string;
  /** Which batch of that outbox it is, from 1 on. 0 only asks what has become of the others. */
  readonly number: number;
  /** How many spans were lost since the batch before, by reason. */
  readonly lost: readonly (readonly [reason: string, count: number])[];
}

/** What the part answers to a batch. */
export interface BatchAnswer {
  /** Differs for each part: one that replaces another knows nothing of what that had. */
  readonly epoch: string;
  /** The batches up to this number have arrived where they should, or were given up. Nobody need hold them. */
  readonly settled: number;
}

/**
 * The texts of a head: the name; the name, version and schema of the scope; the message of the status; the trace state.
 */
export const HEAD_TEXTS = 6;
/**
 * The numbers of a head that follow them: the kind; the status; flags; four numbers for the trace, and two each for the
 * span, its parent, its start and its end; how many attributes, events and links there are, each with the number of
 * those that were dropped before it.
 */
export const HEAD_NUMBERS = 21;

/** A time in nanoseconds that is exact: then the number before it has whole seconds, and else milliseconds. */
export const NO_NANOSECONDS = -1;

/** Bits of the number that stands for flags. The lowest eight are those of the trace. */
export const PARENT_IS_REMOTE = 256;
/** In a link: whether its context came from elsewhere. */
export const CONTEXT_IS_REMOTE = 256;

/** Limits of a span: those of OpenTelemetry, and those that keep a hostile program from filling the memory. */
export const MAX_ATTRIBUTES = 128;
export const MAX_EVENTS = 128;
export const MAX_LINKS = 128;
/** How many characters a text may have, and how many items an array. Longer ones are cut. */
export const MAX_TEXT = 16_384;
export const MAX_ITEMS = 1024;
/** How many characters and numbers of attributes a span has, with its events and links. Further ones are dropped. */
export const MAX_CONTENT = 262_144;
