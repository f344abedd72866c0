/**
 * Where everything stands in shared memory. No other file knows an offset.
 *
 * Every recording thread owns, and is the only writer of:
 *
 * - one **control block**: version, heartbeat, and the one word that the reader writes;
 * - **pages**: nothing but 64-bit float cells, a *block* of one or more cells per series;
 * - **catalogue segments**: an append-only journal of 16-bit units that says which block belongs
 *   to which series. Text is stored as UTF-16 code units: what JavaScript strings are made of, so
 *   nothing has to be encoded through a copy (TextDecoder refuses shared memory in browsers).
 *
 * Cells are written with plain stores. `Atomics` publish: a record is complete before the segment's
 * FILLED mark moves past it, and a cell is zeroed before the record that names it is published.
 */

/** Either kind of memory: shared where the platform offers it, private where copies are posted. */
export type PageBuffer = SharedArrayBuffer | ArrayBuffer;

/** Raised when a reader of an older build could misread what a newer writer lays out. */
export const LAYOUT_VERSION = 1;

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

// Pages double from 4 KiB to 1 MiB.
export const FIRST_PAGE_CELLS = 512;
export const LARGEST_PAGE_CELLS = 1 << 17;

/** A place names a cell: page number times this stride, plus the index in the page. */
const PLACE_STRIDE = 1 << 17;
export const placeOf = (page: number, index: number): number => page * PLACE_STRIDE + index;
export const pageOf = (place: number): number => Math.floor(place / PLACE_STRIDE);
export const indexOf = (place: number): number => place % PLACE_STRIDE;

// Journal records: kind, length in units (two units), then the fields.
export const RECORD_HEADER_UNITS = 3;
export const RECORD_FAMILY = 1;
export const RECORD_SERIES = 2;
export const RECORD_SERIES_REMOVED = 3;
export const RECORD_FAMILY_REMOVED = 4;
export const RECORD_SERIES_ERASED = 5;

/** Flag of a series record: the family's overflow series. */
export const SERIES_OVERFLOW = 1;

// Blocks. A counter and a summed gauge hold one cell.
/** Gauges that combine otherwise: value, then the time at which it was set, 0 if it never was. */
export const GAUGE_TIME = 1;
/** Histograms: the sum, then one count per bucket, `+Inf` last. */
export const HISTOGRAM_SUM = 0;
export const HISTOGRAM_COUNTS = 1;
