/**
 * Spans on their way to the collector: a row of numbers, and the characters of all texts. A batch has no strings and no
 * other objects, since each of them takes time when it is posted, and again when memory is collected.
 *
 * A text is one number: where its characters begin, times `TEXT_LENGTHS`, plus how many there are. So 0 is an empty text.
 *
 * A span consists of its bits (see below); its name, and the name and version of its scope; four numbers for the ID of
 * its trace and two for its own; two for that of its parent, if it has one; its start and its end in milliseconds; how many
 * attributes it has; what few spans have (see `HAS_MORE`); and then its attributes, events and links. An attribute is
 * written as a field of an event is: `key * 8 + kind`, and what the kind demands. An event consists of its name, its
 * time, how many attributes it lacks, how many it has, and these. A link has a context, and then the same as an event
 * from the number of lacking attributes on.
 */
export interface SpanBatch {
  /** How many spans there are. */
  readonly count: number;
  /** The numbers of the spans, one span after the other. */
  readonly slots: Float64Array;
  /** The characters of all texts, in UTF-16. */
  readonly characters: Uint16Array;
  /** Roughly how many bytes they take. */
  readonly size: number;
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
  /** Of the batches up to this number, the losses are counted, also if a part before this one has counted them. */
  readonly counted: number;
}

/** More than the length of any text. */
export const TEXT_LENGTHS = 32_768;

/** The bits of a span. The lowest eight are the flags of its trace. */
export const PARENT_IS_REMOTE = 256;
/** What the number of its kind, and that of its status, are multiplied by. */
export const KIND_BIT = 512;
export const STATUS_BIT = 4096;
export const HAS_PARENT = 16_384;
/**
 * Whether there are further numbers: the schema of the scope, the message of the status and the trace state, which are
 * texts; the nanoseconds of the start and of the end; how many attributes were dropped; and for events and links, how
 * many were dropped and how many there are.
 */
export const HAS_MORE = 32_768;
/** More than the bits of any span. */
export const ALL_BITS = 65_536;

/** Nanoseconds of a time that is in milliseconds. If there are any, the number before them has whole seconds. */
export const NO_NANOSECONDS = -1;

/** In a link: whether its context came from elsewhere. */
export const CONTEXT_IS_REMOTE = 256;

/**
 * Limits that keep a hostile program from filling the memory. This one says how many attributes, events or links there
 * may be. Names of so many events and states of so many links, all of them as long as they may be, stay below `MAX_LENGTH`.
 */
export const MAX_OF_A_KIND = 512;
/** How many characters a text may have, and how many items an array. Longer ones are cut. */
export const MAX_TEXT = 16_384;
export const MAX_ITEMS = 1024;
/** How many characters and numbers of attributes a span has, with its events and links. Further ones are dropped. */
export const MAX_CONTENT = 262_144;
/** How many characters all spans of a batch may have: one long text may be named again and again. */
export const MAX_LENGTH = 33_554_432;
