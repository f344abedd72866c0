/**
 * The layout of shared memory: pages of cells are here, the rest is in journal-layout.ts, and what the cells
 * of a block are is in the `shape.ts` of each kind. No other file knows an offset.
 *
 * Every recording thread owns, and is the only writer of:
 *
 * - one **control block**: version, heartbeat, and the one word that the reader writes;
 * - **pages**: nothing but 64-bit float cells, a *block* of one or more cells per series;
 * - **catalogue segments**: an append-only journal of 32-bit words that says which block belongs
 *   to which series. Text is stored as UTF-16 code units: JavaScript strings are made of those, so nothing
 *   has to be encoded through a copy (TextDecoder refuses shared memory in browsers). Label values are
 *   numbered in the order in which they first appear.
 *
 * Cells are written with plain stores. `Atomics` publish: a record is complete before the segment's FILLED
 * mark moves past it, and a cell is zeroed before the record that names it is published.
 */

/**
 * Either kind of memory: shared if the platform offers that, otherwise private, of which copies are posted.
 */
export type PageBuffer = SharedArrayBuffer | ArrayBuffer;

// Pages double from 4 KiB to 1 MiB.
export const FIRST_PAGE_CELLS = 512;
export const LARGEST_PAGE_CELLS = 1 << 17;

/**
 * An address of 32 bits names a cell: it is the page number times this stride, plus the index in the page.
 */
const ADDRESS_STRIDE = 1 << 17;
export const addressOf = (page: number, index: number): number => page * ADDRESS_STRIDE + index;
export const pageOf = (address: number): number => address >>> 17;
export const indexOf = (address: number): number => address & (ADDRESS_STRIDE - 1);
