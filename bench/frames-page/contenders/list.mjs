/**
 * What a page's telemetry has to offer. Each module here exports `open`.
 */

/** @typedef {import('../../contenders/list.mjs').Held} Held */

/**
 * @typedef {object} Telemetry
 * @property {string} [link]  How ours meets its worker.
 * @property {(index: number, group: number, value: number) => void} record  Three recordings: the
 *   counter with that index among the many, the group's gauge, the group's histogram.
 * @property {() => Promise<void> | void} start  Collects and exports once a second from now on.
 * @property {() => Promise<number> | number} stop  Resolves to the number of exports that were made.
 * @property {() => Promise<{ many: Held, positions: Held, distances: Held }>} read
 */

/** @typedef {(sets: import('../../inputs.mjs').LabelSets, groups: string[]) => Promise<Telemetry> | Telemetry} Open */

export const POSITION = 'foglet_position';
export const DISTANCE = 'foglet_distance';
export const DISTANCE_BUCKETS = [50, 100, 200, 300, 400, 500, 600, 700, 800, 900];
