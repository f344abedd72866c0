export const KIND_NULL = 0;
export const KIND_TRUE = 1;
export const KIND_FALSE = 2;
/** Followed by the number. */
export const KIND_NUMBER = 3;
/** Followed by the number of the text. */
export const KIND_TEXT = 4;
/** Followed by the number of items, and then the items. */
export const KIND_ARRAY = 5;
/** Followed by the number of fields, and then the fields. */
export const KIND_OBJECT = 6;
/** Followed by the reason, and then what is kept of the value. */
export const KIND_REDUCED = 7;

export const REDUCED_ODD = 0;
export const REDUCED_LARGE = 1;
/** The error is kept in place of the value. */
export const REDUCED_UNREADABLE = 2;

/** The largest value that is kept whole. Bytes of its JSON in UTF-8. */
export const MAX_VALUE_BYTES = 65_536;
/** How many levels of a value are followed. */
export const MAX_DEPTH = 64;
/** How many characters an event may have as JSON. Its value, labels and metadata have 64 KiB each. */
export const MAX_EVENT_LENGTH = 1_048_576;
/**
 * How many levels an event may have: it is an array around its value, which may have objects around it that
 * say what was cut.
 */
export const MAX_EVENT_DEPTH = MAX_DEPTH + 8;
