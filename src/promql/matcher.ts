import type { Budget } from './regex/captures.ts';

/** A condition that a label of a series must meet. A label that a series does not have is empty. */
export interface Matcher {
  /** The name of the label. */
  readonly name: string;
  /** How the value is compared. */
  readonly op: '=' | '!=' | '=~' | '!~';
  /** The string or regular expression as given. */
  readonly value: string;
  /** Whether it takes a value of the label; an absent label counts as empty. */
  matches(value: string): boolean;
  /**
   * The same for a regular expression whose match may take long. It throws when the budget is used up, and goes on if it
   * is asked again.
   */
  matchesWithin?(value: string, budget: Budget): boolean;
  /** For `=~`: the strings that it stands for, if it is nothing but alternatives of plain strings. */
  readonly literals?: readonly string[] | undefined;
}
