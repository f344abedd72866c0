/** How large the step from one value to the next is. */
import { surprise, TAIL_SIZE } from './tail.ts';

const HAS_LAST = 0;
const LAST = 1;
const TAIL = 2;
export const RATE_SIZE = TAIL + TAIL_SIZE;

/** Takes a value. Returns `-log10` of the probability of so large a step. */
export function stepped(state: Float64Array, at: number, value: number): number {
  const step = Math.abs(value - state[at + LAST]!);
  const isFirst = state[at + HAS_LAST] === 0;
  state[at + HAS_LAST] = 1;
  state[at + LAST] = value;
  return isFirst ? 0 : surprise(state, at + TAIL, step);
}

/** The next value is compared with none, after a gap. */
export function forgetLast(state: Float64Array, at: number): void {
  state[at + HAS_LAST] = 0;
}
