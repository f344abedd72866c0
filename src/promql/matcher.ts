/** A condition that a label of a series must meet. A label that a series does not have is empty. */
export interface Matcher {
  readonly name: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  /** The string or regular expression as given. */
  readonly value: string;
  matches(value: string): boolean;
  /** For `=~`: the strings that it stands for, if it is nothing but alternatives of plain strings. */
  readonly literals?: readonly string[] | undefined;
}
