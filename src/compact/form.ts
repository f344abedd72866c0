/**
 * The form in which a page sends to a relay: deltas in few bytes, which are cheap to write and to read.
 *
 * A body is, in this order: three bytes that say what it is, and its version; its texts; the id of the sender; the
 * attributes of its resource, in pairs; the time of the snapshot; how long before that the deltas begin; its families;
 * its events. A list has its length before it. A text is named by its place among the texts, so that none is written
 * twice. A whole number takes 7 bits in each byte, the lower ones first, and all bytes but the last have the highest
 * bit. How other numbers are written is in `numbers.ts`.
 */

/** The `Content-Type` of a body. Its first bytes say the version. */
export const COMPACT_TYPE = 'application/vnd.utilityfog.telemetry';

/** What a body begins with. The last byte is the version. */
export const HEAD: readonly number[] = [0x55, 0x46, 1];

/** What the points of a family say. It stands in the lower bits of one byte, below the flags. */
export const KINDS = {
  /** One number, which is to be added. */
  counter: 0,
  /** One number. */
  gauge: 1,
  /** The sum and the count of each bucket, for bounds that the family has. */
  histogram: 2,
  /** The same for native buckets. */
  native: 3,
  /** The sum, the count, and the value of each quantile that the family has. */
  summary: 4,
  /** 1 or 0 for each state that the family has. */
  states: 5,
  /** One number, which is 1. */
  info: 6,
} as const;
export type CompactKind = keyof typeof KINDS;

/** The flags of a family: whether its points say since when they count, and whether they have exemplars. */
export const HAS_STARTS = 16;
export const HAS_EXEMPLARS = 32;

/** How many points a body has at most, and how many counts of buckets. */
export const MOST_POINTS = 10_000;
export const MOST_CELLS = 262_144;
/** For how many counts a state stands: each becomes a point. Those of a body that an exporter writes are fewer. */
export const CELLS_OF_STATE = 4;
/** How many buckets a point may have. */
export const MOST_BUCKETS = 16_384;

/** Times are whole microseconds since 1970. */
export type Microseconds = number;
