/**
 * Whether a detector finds its series unusual at the moment. All of its parts learn less from such values, so that the
 * flag has one place in its state.
 */
import { WARM_UP } from './warm-up.ts';

/** Where the flag is in the state of a detector: 0 or 1. */
export const UNUSUAL = WARM_UP + 1;

export const isUnusual = (state: Float64Array): boolean => state[UNUSUAL] === 1;
