/** Where everything stands in the control block and in the catalogue of a thread: see layout.ts. */

/** Raised when a reader of an older build could misread what a newer writer lays out. */
export const LAYOUT_VERSION = 2;

// Control block: int32 [0] version, [1] removals consumed by the reader; float64 [1] heartbeat.
export const CONTROL_BYTES = 64; // one cache line, so that two threads' heartbeats never share one
export const CONTROL_VERSION = 0;
export const CONTROL_CONSUMED = 1;
export const CONTROL_HEARTBEAT = 1;

// Segment: int32 [0] units filled; units from byte 16 on.
export const SEGMENT_FILLED = 0;
export const SEGMENT_HEADER_BYTES = 16;
export const FIRST_SEGMENT_UNITS = 4096;
export const LARGEST_SEGMENT_UNITS = 1 << 18;

// Journal records: kind, length of all of it in units (a word), then the fields.
/** A word is 32 bits, the lower half first. */
export const WORD_UNITS = 2;
export const RECORD_HEADER_UNITS = 1 + WORD_UNITS;
export const RECORD_FAMILY = 1;
export const RECORD_SERIES = 2;
export const RECORD_SERIES_REMOVED = 3;
export const RECORD_FAMILY_REMOVED = 4;
export const RECORD_SERIES_ERASED = 5;
/** The next text by number, from 0 on. */
export const RECORD_TEXT = 6;
export const RECORD_TEXTS_FORGOTTEN = 7;
/** Texts that a journal numbers before it forgets them and begins anew. */
export const MAX_TEXTS = 1 << 16;

/** Flag of a series record: the family's overflow series. */
export const SERIES_OVERFLOW = 1;
