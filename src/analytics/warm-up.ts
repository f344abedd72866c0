/**
 * How many values a detector sees before it calls one unusual. All of its parts wait for as many, so that the number
 * has one place in its state.
 */

/** The default, and the most that a state has room for. */
export const MOST_WARM_UP = 100;
/** From fewer values nobody can tell how far those go that are usual. */
export const LEAST_WARM_UP = 20;
/** Where the number is in the state of a detector. */
export const WARM_UP = 2;

export const warmUpOf = (state: Float64Array): number => state[WARM_UP]!;
