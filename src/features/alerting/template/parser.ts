import { quoted } from '../../../promql/quoted.ts';
import type { Block, Pipe, Statement } from './nodes.ts';
import { PipeParser } from './pipe-parser.ts';
import { TokenReader } from './token-reader.ts';

/** The statements of a template, and of those that are defined in it, by their names. */
export interface ParsedTemplate {
  readonly body: readonly Statement[];
  readonly defined: ReadonlyMap<string, readonly Statement[]>;
}

/**
 * Reads a template in the language of Go's text/template.
 * @param isFunction tells whether there is a function of that name
 * @throws TemplateError
 */
export function parseTemplateText(
  text: string,
  name: string,
  isFunction: (name: string) => boolean,
): ParsedTemplate {
  return new Parser(new TokenReader(text, name), isFunction).whole();
}

class Parser {
  readonly #reader: TokenReader;
  readonly #pipes: PipeParser;
  readonly #defined = new Map<string, readonly Statement[]>();
  /** How many ranges are around. */
  #ranges = 0;

  constructor(reader: TokenReader, isFunction: (name: string) => boolean) {
    this.#reader = reader;
    this.#pipes = new PipeParser(reader, isFunction);
  }

  whole(): ParsedTemplate {
    return { body: this.#statements('whole'), defined: this.#defined };
  }

  #statements(within: string): Statement[] {
    return this.#reader.deeper(() => this.#read(within));
  }

  /** Reads statements up to the end of the template, or up to `end` or `else`, which it leaves. */
  #read(within: string): Statement[] {
    const reader: TokenReader = this.#reader;
    const all: Statement[] = [];
    for (;;) {
      const token = reader.take();
      if (token.kind === 'text') {
        all.push({ kind: 'text', text: token.text, at: token.at });
      } else if (token.kind === 'end') {
        if (within !== 'whole') reader.fail('unexpected EOF');
        return all;
      } else if (token.kind !== '{{') {
        reader.unexpected(token, 'input');
      } else {
        const { kind, text: word } = reader.peek();
        if (kind === 'keyword' && (word === 'end' || word === 'else')) {
          if (within !== 'whole') return all;
          reader.take();
          reader.close(word);
          reader.fail(`unexpected {{${word}}}`);
        }
        const statement = this.#action(within);
        if (statement) all.push(statement);
      }
    }
  }

  #action(within: string): Statement | undefined {
    const reader: TokenReader = this.#reader;
    const { kind, text, at } = reader.peek();
    if (kind === 'keyword') {
      if (text === 'if' || text === 'with' || text === 'range') return this.#block();
      if (text === 'template' || text === 'block') return this.#template(text);
      if (text === 'break' || text === 'continue') {
        reader.take();
        reader.close(`{{${text}}}`);
        if (this.#ranges === 0) reader.fail(`{{${text}}} outside {{range}}`);
        return { kind: text, at };
      }
      if (text === 'define' && within === 'whole') {
        reader.take();
        const name = this.#templateName('define clause');
        reader.close('define clause');
        this.#define(name, 'define clause');
        return;
      }
    }
    return { kind: 'action', pipe: this.#pipes.pipe('command'), at };
  }

  #block(): Block {
    const reader: TokenReader = this.#reader;
    const { text, at } = reader.take();
    const kind = text as Block['kind'];
    const known = this.#pipes.variables.length;
    const pipe = this.#pipes.pipe(kind);
    if (kind === 'range') this.#ranges++;
    const body = this.#statements(kind);
    if (kind === 'range') this.#ranges--;
    let otherwise: Statement[] = [];
    const hasElse = reader.take().text === 'else';
    if (hasElse && kind !== 'range' && reader.peek().text === kind) {
      // The end of the inner one ends this one, too.
      otherwise = [reader.deeper(() => this.#block())];
    } else {
      if (hasElse) otherwise = this.#otherwise(kind);
      reader.close('end');
    }
    this.#pipes.variables.length = known;
    return { kind, pipe, body, otherwise, at };
  }

  #otherwise(kind: string): Statement[] {
    this.#reader.close('else');
    const statements = this.#statements(kind);
    const end = this.#reader.take().text;
    if (end !== 'end') this.#reader.fail(`expected end; found {{${end}}}`);
    return statements;
  }

  #template(word: 'template' | 'block'): Statement {
    const reader: TokenReader = this.#reader;
    reader.take();
    const context = `${word} clause`;
    const { at } = reader.peek();
    const name = this.#templateName(context);
    let pipe: Pipe | undefined;
    if (word === 'template' && reader.peek().kind === '}}') reader.take();
    else pipe = this.#pipes.pipe(context);
    if (word === 'block') this.#define(name, context);
    return { kind: 'template', name, pipe, at };
  }

  #define(name: string, context: string): void {
    const reader: TokenReader = this.#reader;
    const outer = { variables: this.#pipes.variables, ranges: this.#ranges };
    this.#pipes.variables = ['$'];
    this.#ranges = 0;
    const body = this.#statements(context);
    const end = reader.take().text;
    if (end !== 'end') reader.fail(`unexpected {{${end}}} in ${context}`);
    reader.close('end');
    this.#pipes.variables = outer.variables;
    this.#ranges = outer.ranges;
    const known = this.#defined.get(name);
    if (known && !isEmpty(known)) {
      // What is empty does not replace another.
      if (isEmpty(body)) return;
      reader.fail(`template: multiple definition of template ${quoted(name)}`);
    }
    this.#defined.set(name, body);
  }

  #templateName(context: string): string {
    const token = this.#reader.take();
    if (token.kind !== 'string') this.#reader.unexpected(token, context);
    return this.#pipes.unquoted(token.text);
  }
}

const isEmpty = (statements: readonly Statement[]) =>
  statements.every((one) => one.kind === 'text' && one.text.trim() === '');
