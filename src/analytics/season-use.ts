/** Whether a season that was found still tells more than the level does. If not, it has changed, or was none. */

/** A single value far away tells little: it counts as so many usual distances from the level at most. */
const FAR = 10;

const COUNT = 0;
const SEASON_ERROR = 1;
const LEVEL_ERROR = 2;
export const USE_SIZE = 3;

/** Begins: nothing is known of its use. */
export function beginUse(state: Float64Array, at: number): void {
  state.fill(0, at, at + USE_SIZE);
}

/**
 * Takes how far a value is from what the season and the level say of it.
 * @param values how many values a season has
 * @returns whether the season has told more than the level lately. Until one season has passed that is taken to be so
 */
export function isUseful(
  state: Float64Array,
  at: number,
  fromSeason: number,
  fromLevel: number,
  values: number,
): boolean {
  const count = state[at + COUNT]! + 1;
  state[at + COUNT] = count;
  const usual = state[at + LEVEL_ERROR]!;
  const most = count > 1 ? FAR * usual : Number.POSITIVE_INFINITY;
  const weight = 1 / Math.min(count, Math.max(1, values));
  const error = state[at + SEASON_ERROR]!;
  state[at + SEASON_ERROR] = error + weight * (Math.min(fromSeason, most) - error);
  state[at + LEVEL_ERROR] = usual + weight * (Math.min(fromLevel, most) - usual);
  return count < values || state[at + SEASON_ERROR]! <= state[at + LEVEL_ERROR]!;
}
