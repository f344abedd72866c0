/** The layout of the control block and of the catalogue of a thread: see layout.ts. */

/** To be raised when a reader of an older build could misread what a newer writer lays out or sends. */
export const LAYOUT_VERSION = 8;

// Control block: int32 [0] version, [1] removals consumed by the reader, or NOT_CONSUMED;
// float64 [1] heartbeat.
export const CONTROL_BYTES = 64; // one cache line, so that two threads' heartbeats never share one
export const CONTROL_VERSION = 0;
export const CONTROL_CONSUMED = 1;
export const CONTROL_HEARTBEAT = 1;
/**
 * Stands there until the reader has taken the place of the one before. That one may still read what has come
 * back.
 */
export const NOT_CONSUMED = -1;

// A segment consists of words of 32 bits. [0] is how many of them are filled, itself included.
export const SEGMENT_FILLED = 0;
/** Where the first record begins. */
export const SEGMENT_RECORDS = 1;
export const WORD_BYTES = 4;
export const FIRST_SEGMENT_WORDS = 2048;
export const LARGEST_SEGMENT_WORDS = 1 << 17;

// Every record of the journal begins with a head. After it, the record of a text has the number of its
// UTF-16 units and the units themselves, two to a word, the first in the lower half. Those that tell a time or
// forget texts are described below. Every other record has a family, then an address or the number of an
// erasure or 0, then the numbers of texts.
/** Its only text is the definition of the family as JSON. */
export const RECORD_FAMILY = 1;
export const RECORD_SERIES = 2;
export const RECORD_SERIES_REMOVED = 3;
export const RECORD_FAMILY_REMOVED = 4;
export const RECORD_SERIES_ERASED = 5;
/** A text. Texts are numbered in the order of these records, from 0 on. */
export const RECORD_TEXT = 6;
export const RECORD_TEXTS_FORGOTTEN = 7;
/** The series is in another block from now on. The address of the one before comes before the numbers of texts. */
export const RECORD_SERIES_MOVED = 8;
/** When the series of the records that follow began to count: seconds since 1970, as the two halves of a double. */
export const RECORD_TIME = 9;
/** The thread has let the series go, which nobody had recorded for long. Its block is no longer in use. */
export const RECORD_SERIES_EXPIRED = 10;
/** How many texts a journal numbers before it forgets them and begins anew. */
export const MAX_TEXTS = 1 << 16;

/**
 * The head of a record: the lower 8 bits tell what it records, the upper 24 how long all of it is, in words.
 * The longest record that a collector accepts defines a family of 65,536 buckets, and takes less than a tenth
 * of that range.
 */
export const headOf = (kind: number, length: number): number => (length << 8) | kind;
export const kindOf = (head: number): number => head & 255;
export const lengthOf = (head: number): number => head >>> 8;

/**
 * The number of a family, and a flag. For a series the flag tells whether it is the overflow, for a family
 * whether it has a callback, and for a removed family whether it was erased.
 */
export const familyWord = (family: number, flag: boolean): number => (family << 1) | (flag ? 1 : 0);
export const familyOf = (word: number): number => word >>> 1;
export const flagOf = (word: number): boolean => (word & 1) === 1;
