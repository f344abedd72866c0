/** How much of a pattern is shown. */
const SHOWN = 1000;

/** A pattern that is not a regular expression, or is too big. The message is what Go says of it. */
export class RegexError extends Error {
  override readonly name = 'RegexError';

  constructor(problem: string, part: string) {
    const shown = part.length > SHOWN ? `${part.slice(0, SHOWN)}…` : part;
    super(`error parsing regexp: ${problem}: \`${shown}\``);
  }
}
