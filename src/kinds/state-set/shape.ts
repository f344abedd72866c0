import type { Kind } from '../kind.ts';
import { labelText } from '../labels.ts';

export type StateSetShape = {
  readonly states: readonly string[];
  /** Whether several states, or none, may be on. Otherwise exactly one is. */
  readonly multiple: boolean;
};

/** The most states that a set may have. In an exposition every state of every series is a line. */
export const MAX_STATES = 1000;
/** How many states one word tells of: a double holds whole numbers of 53 bits. */
export const STATES_PER_WORD = 53;

/**
 * The first cell of a block is the time at which the series was set, or 0 if it never was: a thread that has
 * not set it does not count. The others are its words. If exactly one state is on, the only word is the
 * number of that state. Otherwise the words are bits, one for each state, the first state lowest.
 *
 * So a series that nobody has set is in its first state, or in none where several may be on.
 */
export const STATES_TIME = 0;
export const STATES_WORDS = 1;

/**
 * The states that something can be in, and which of them it is in. Each state is a series of the exposition,
 * whose label for the state is called as the family is:
 * https://prometheus.io/docs/specs/om/open_metrics_spec/#stateset
 */
export const stateSetKind: Kind<StateSetShape> = {
  type: 'stateset',
  reserved: (name) => [name],
  cells: ({ states, multiple }) =>
    STATES_WORDS + (multiple ? Math.ceil(states.length / STATES_PER_WORD) : 1),
  activity: (cells, index) => cells[index + STATES_TIME]!,
};

/** Whether a state is on, by its number. The words of the series begin at `first`. */
export function isOn(
  { multiple }: StateSetShape,
  state: number,
  words: ArrayLike<number>,
  first: number,
): boolean {
  // There are no words if the series is not there.
  if (!multiple) return (words[first] ?? 0) === state;
  const bits = words[first + Math.floor(state / STATES_PER_WORD)]!;
  return Math.floor(bits / 2 ** (state % STATES_PER_WORD)) % 2 === 1;
}

/** Whether it is a list of different label values, of which none is empty. */
export function areStates(value: unknown): value is string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_STATES) return false;
  // `every` would skip holes.
  const states: unknown[] = [...value];
  return (
    states.every((state) => state && labelText(state) === state) &&
    new Set(states).size === states.length
  );
}
