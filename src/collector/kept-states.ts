import type { PartStates } from '../protocol/handover.ts';

/** How much the part of a feature may keep. UTF-16 units. */
export const MAX_STATE = 1_048_576;
/** How much is kept for parts that do not run, all together. UTF-16 units. */
const MAX_LEFT = 4 * MAX_STATE;

/**
 * What the parts of features keep. If a feature is not used for one life of the application, or its code
 * cannot be had then, it finds its state again in the next.
 */
export class KeptStates {
  /** What each running part has written last. */
  readonly #written = new Map<string, string>();
  /** The states for parts that do not run. A part has several if several owners have ended. */
  #left: PartStates;

  constructor(states: PartStates) {
    this.#left = states;
  }

  get all(): PartStates {
    return [...this.#left, ...this.#written];
  }

  /** @throws TypeError when the state is no text, or too long; then the one before stays */
  set(name: string, state: string): void {
    if (typeof state !== 'string' || state.length > MAX_STATE) {
      throw new TypeError(`what it keeps must be a text of at most ${MAX_STATE} characters`);
    }
    this.#written.set(name, state);
  }

  /** Takes out what was left for a part that runs from now on. */
  taken(name: string): string[] {
    const states = this.#left.filter(([of]) => of === name).map(([, state]) => state);
    this.#left = this.#left.filter(([of]) => of !== name);
    return states;
  }

  /** Keeps a state for a part that does not run. If there are too many, the oldest go. */
  leave(name: string, state: string): void {
    const left = [...this.#left, [name, state] as const];
    let size = left.reduce((sum, [, { length }]) => sum + length, 0);
    while (size > MAX_LEFT) size -= left.shift()![1].length;
    this.#left = left;
  }
}
