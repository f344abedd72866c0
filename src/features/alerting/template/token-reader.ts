import { quoted } from '../../../promql/quoted.ts';
import { type Token, tokensOf } from './lexer.ts';
import { TemplateError } from './template-error.ts';

/** How deep actions and parentheses may be nested. */
const DEEPEST = 100;

/** Reads the tokens of a template one after the other. */
export class TokenReader {
  readonly #text: string;
  readonly #name: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string, name: string) {
    this.#text = text;
    this.#name = name;
    this.#tokens = tokensOf(text);
  }

  /** The next token, be it a space. */
  get adjacent(): Token {
    return this.#tokens[this.#next]!;
  }

  /** Returns the next token that is no space, and leaves it there. */
  peek(): Token {
    while (this.adjacent.kind === 'space') this.#next++;
    return this.adjacent;
  }

  take(): Token {
    const token = this.peek();
    if (token.kind !== 'end' && token.kind !== 'error') this.#next++;
    return token;
  }

  /** Takes a sign if it comes next. */
  taken(sign: string): boolean {
    const found = isSign(this.peek(), sign);
    if (found) this.#next++;
    return found;
  }

  /** Returns a function that goes back to here. */
  mark(): () => void {
    const next = this.#next;
    return () => {
      this.#next = next;
    };
  }

  close(context: string): void {
    const token = this.take();
    if (token.kind !== '}}') this.unexpected(token, context);
  }

  /** Returns what `read` returns, unless that is nested too deeply. */
  deeper<T>(read: () => T): T {
    if (++this.#depth > DEEPEST) this.fail('template is nested too deeply');
    const result = read();
    this.#depth--;
    return result;
  }

  unexpected(token: Token, context: string): never {
    if (token.kind === 'error') this.fail(token.text);
    this.fail(`unexpected ${described(token)} in ${context}`);
  }

  fail(problem: string): never {
    const { at } = this.#tokens[Math.max(this.#next - 1, 0)]!;
    const line = this.#text.slice(0, at).split('\n').length;
    throw new TemplateError(`template: ${this.#name}:${line}: ${problem}`, line);
  }
}

export const isSign = ({ kind, text }: Token, ...signs: readonly string[]) =>
  kind === 'sign' && signs.includes(text);

/** Returns a token as Go shows it. */
function described({ kind, text }: Token): string {
  if (kind === 'end') return 'EOF';
  if (kind === 'sign' && text === '.') return '<.>';
  if (kind === 'keyword' && !/^(?:true|false)$/.test(text)) return `<${text}>`;
  return text.length > 10 ? `${quoted(text.slice(0, 10))}...` : quoted(text);
}
