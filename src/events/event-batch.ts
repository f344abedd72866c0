export const KIND_NULL = 0;
export const KIND_TRUE = 1;
export const KIND_FALSE = 2;
/** The number follows. */
export const KIND_NUMBER = 3;
/** Which text, follows. */
export const KIND_TEXT = 4;
/** How many items, follows, and then these. */
export const KIND_ARRAY = 5;
/** How many fields, follows, and then these. */
export const KIND_OBJECT = 6;
/** Why, follows, and then what is kept of a value. */
export const KIND_REDUCED = 7;

export const REDUCED_ODD = 0;
export const REDUCED_LARGE = 1;
/** The error is what is kept. */
export const REDUCED_UNREADABLE = 2;

/** The largest value that is kept whole. Bytes of its JSON in UTF-8. */
export const MAX_VALUE_BYTES = 65_536;
/** Levels of a value that are followed. */
export const MAX_DEPTH = 64;
/** Characters of an event as JSON: its value, labels and metadata have 64 KiB each. */
export const MAX_EVENT_LENGTH = 1_048_576;
/** An event is an array around its value, which may have objects around it that say what was cut. */
export const MAX_EVENT_DEPTH = MAX_DEPTH + 8;
