import type { PartStates } from '../protocol/handover.ts';

/** What the part of a feature may keep. UTF-16 units. */
export const MAX_STATE = 1_048_576;
/** What is kept for parts that do not run, all together. UTF-16 units. */
const MAX_LEFT = 4 * MAX_STATE;

/**
 * What the parts of features keep. A feature that is not used for one life of the application, or whose code
 * could not be had in it, finds its state again in the next.
 */
export class KeptStates {
  /** The last that each running part has written. */
  readonly #written = new Map<string, string>();
  /** For parts that do not run. One part has several where several owners have ended. */
  #left: PartStates;

  constructor(states: PartStates) {
    this.#left = states;
  }

  get all(): PartStates {
    return [...this.#left, ...this.#written];
  }

  /** @throws TypeError when it is no text, or too long; then the one before stays */
  set(name: string, state: string): void {
    if (typeof state !== 'string' || state.length > MAX_STATE) {
      throw new TypeError(`what it keeps must be a text of at most ${MAX_STATE} characters`);
    }
    this.#written.set(name, state);
  }

  /** What was left for a part that runs from now on. */
  taken(name: string): string[] {
    const states = this.#left.filter(([of]) => of === name).map(([, state]) => state);
    this.#left = this.#left.filter(([of]) => of !== name);
    return states;
  }

  /** For a part that does not run. The oldest go where there are too many. */
  leave(name: string, state: string): void {
    const left = [...this.#left, [name, state] as const];
    let size = left.reduce((sum, [, { length }]) => sum + length, 0);
    while (size > MAX_LEFT) size -= left.shift()![1].length;
    this.#left = left;
  }
}
