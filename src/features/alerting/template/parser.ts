import { scanString } from '../../../promql/parse/string-scan.ts';
import { unquoted } from '../../../promql/parse/strings.ts';
import { quoted } from '../../../promql/quoted.ts';
import { type Token, type TokenKind, tokensOf } from './lexer.ts';
import type { Block, Command, Operand, Pipe, Statement } from './nodes.ts';
import { shown } from './nodes.ts';
import { numberOf } from './numbers.ts';
import { TemplateError } from './template-error.ts';

/** The statements of a template, and of those that are defined in it, by their names. */
export interface ParsedTemplate {
  readonly body: readonly Statement[];
  readonly defined: ReadonlyMap<string, readonly Statement[]>;
}

/** How deep actions and parentheses may be nested. */
const DEEPEST = 100;

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
  return new Parser(text, name, isFunction).whole();
}

class Parser {
  readonly #text: string;
  readonly #name: string;
  readonly #isFunction: (name: string) => boolean;
  readonly #tokens: readonly Token[];
  readonly #defined = new Map<string, readonly Statement[]>();
  #next = 0;
  #variables = ['$'];
  #ranges = 0;
  #depth = 0;

  constructor(text: string, name: string, isFunction: (name: string) => boolean) {
    this.#text = text;
    this.#name = name;
    this.#isFunction = isFunction;
    this.#tokens = tokensOf(text);
  }

  whole(): ParsedTemplate {
    const body = this.#statements('whole');
    return { body, defined: this.#defined };
  }

  /** Reads statements up to the end of the template, or up to `end` or `else`, which it leaves. */
  #statements(within: string): Statement[] {
    if (++this.#depth > DEEPEST) this.#fail('template is nested too deeply');
    const all: Statement[] = [];
    for (;;) {
      const token = this.#take();
      if (token.kind === 'text') {
        all.push({ kind: 'text', text: token.text, at: token.at });
      } else if (token.kind === 'end' && within === 'whole') {
        break;
      } else if (token.kind === 'end') {
        this.#fail('unexpected EOF');
      } else if (token.kind !== '{{') {
        this.#unexpected(token, 'input');
      } else {
        const word = this.#peek();
        const ends = word.kind === 'keyword' && (word.text === 'end' || word.text === 'else');
        if (ends && within !== 'whole') break;
        if (ends) {
          this.#take();
          this.#close(word.text);
          this.#fail(`unexpected {{${word.text}}}`);
        }
        const statement = this.#action(within);
        if (statement) all.push(statement);
      }
    }
    this.#depth--;
    return all;
  }

  #action(within: string): Statement | undefined {
    const { kind, text, at } = this.#peek();
    if (kind === 'keyword') {
      if (text === 'if' || text === 'with' || text === 'range') return this.#block();
      if (text === 'template' || text === 'block') return this.#template(text);
      if (text === 'break' || text === 'continue') {
        this.#take();
        this.#close(`{{${text}}}`);
        if (this.#ranges === 0) this.#fail(`{{${text}}} outside {{range}}`);
        return { kind: text, at };
      }
      if (text === 'define' && within === 'whole') {
        this.#take();
        const name = this.#templateName('define clause');
        this.#close('define clause');
        this.#define(name, 'define clause');
        return;
      }
    }
    const pipe = this.#pipe('command', '}}');
    return { kind: 'action', pipe, at };
  }

  #block(): Block {
    const { text, at } = this.#take();
    const kind = text as Block['kind'];
    const known = this.#variables.length;
    const pipe = this.#pipe(kind, '}}');
    if (kind === 'range') this.#ranges++;
    const body = this.#statements(kind);
    if (kind === 'range') this.#ranges--;
    let otherwise: Statement[] = [];
    if (this.#take().text === 'else') {
      const { text: chained } = this.#peek();
      if (chained === kind && kind !== 'range') {
        // The end of the inner one ends this one, too.
        if (++this.#depth > DEEPEST) this.#fail('template is nested too deeply');
        otherwise = [this.#block()];
        this.#depth--;
        this.#variables.length = known;
        return { kind, pipe, body, otherwise, at };
      }
      this.#close('else');
      otherwise = this.#statements(kind);
      const end = this.#take().text;
      if (end !== 'end') this.#fail(`expected end; found {{${end}}}`);
    }
    this.#close('end');
    this.#variables.length = known;
    return { kind, pipe, body, otherwise, at };
  }

  #template(word: 'template' | 'block'): Statement {
    this.#take();
    const context = `${word} clause`;
    const { at } = this.#peek();
    const name = this.#templateName(context);
    let pipe: Pipe | undefined;
    if (word === 'template' && this.#peek().kind === '}}') this.#take();
    else pipe = this.#pipe(context, '}}');
    if (word === 'block') this.#define(name, context);
    return { kind: 'template', name, pipe, at };
  }

  #define(name: string, context: string): void {
    const outer = { variables: this.#variables, ranges: this.#ranges };
    this.#variables = ['$'];
    this.#ranges = 0;
    const body = this.#statements(context);
    const end = this.#take().text;
    if (end !== 'end') this.#fail(`unexpected {{${end}}} in ${context}`);
    this.#close('end');
    this.#variables = outer.variables;
    this.#ranges = outer.ranges;
    const isEmpty = (all: readonly Statement[]) =>
      all.every((one) => one.kind === 'text' && one.text.trim() === '');
    if (this.#defined.has(name) && !isEmpty(this.#defined.get(name)!)) {
      if (isEmpty(body)) return;
      this.#fail(`template: multiple definition of template ${quoted(name)}`);
    }
    this.#defined.set(name, body);
  }

  #templateName(context: string): string {
    const token = this.#take();
    if (token.kind !== 'string') this.#unexpected(token, context);
    return this.#unquoted(token.text);
  }

  #pipe(context: string, end: '}}' | ')'): Pipe {
    if (++this.#depth > DEEPEST) this.#fail('template is nested too deeply');
    const { at } = this.#peek();
    const [variables, assigns] = this.#declarations(context);
    const commands: Command[] = [];
    for (;;) {
      const token = this.#peek();
      if (isEnd(token, end)) break;
      const starts = ['string', 'variable', 'field', 'number', 'character', 'name'];
      const isWord = token.kind === 'keyword' && /^(?:true|false|nil)$/.test(token.text);
      const isSign = token.kind === 'sign' && (token.text === '(' || token.text === '.');
      if (!starts.includes(token.kind) && !isWord && !isSign) {
        this.#take();
        this.#unexpected(token, context);
      }
      commands.push(this.#command());
    }
    this.#take();
    if (commands.length === 0) this.#fail(`missing value for ${context}`);
    commands.slice(1).forEach(({ args: [first] }, i) => {
      if (/^(?:bool|dot|nil|number|string)$/.test(first!.kind)) {
        this.#fail(`non executable command in pipeline stage ${i + 2}`);
      }
    });
    this.#depth--;
    return { kind: 'pipe', variables, assigns, commands, at };
  }

  /** Reads `$x :=`, `$x =` or `$i, $x :=`. */
  #declarations(context: string): [names: string[], assigns: boolean] {
    const names: string[] = [];
    while (this.#peek().kind === 'variable') {
      const start = this.#next;
      const { text } = this.#take();
      const sign = this.#peek();
      if (sign.kind !== 'sign' || !/^(?::=|=|,)$/.test(sign.text)) {
        // It is the first operand.
        this.#next = start;
        break;
      }
      this.#take();
      names.push(text);
      this.#variables.push(text);
      if (sign.text !== ',') return [names, sign.text === '='];
      if (context !== 'range' || names.length > 1)
        this.#fail(`too many declarations in ${context}`);
      if (!/^(?:variable|\}\})$/.test(this.#peek().kind)) {
        this.#fail('range can only initialize variables');
      }
    }
    return [names, false];
  }

  #command(): Command {
    const { at } = this.#peek();
    const args: Operand[] = [];
    for (;;) {
      const token = this.#peek();
      if (isEnd(token, '}}') || isEnd(token, ')')) break;
      if (token.kind === 'sign' && token.text === '|') {
        this.#take();
        break;
      }
      const operand = this.#operand();
      if (!operand) this.#unexpected(this.#take(), 'operand');
      args.push(operand);
      const after = this.#tokens[this.#next]!;
      const separates = after.kind === 'space' || isEnd(after, '}}') || isEnd(after, ')');
      if (!separates && after.text !== '|') {
        this.#take();
        this.#unexpected(after, 'operand');
      }
    }
    if (args.length === 0) this.#fail('empty command');
    return { kind: 'command', args, at };
  }

  #operand(): Operand | undefined {
    const of = this.#term();
    const { kind, at } = this.#tokens[this.#next]!;
    if (!of || kind !== 'field') return of;
    const names: string[] = [];
    while (this.#tokens[this.#next]!.kind === 'field') {
      names.push(this.#tokens[this.#next++]!.text.slice(1));
    }
    if (of.kind === 'field') return { kind: 'field', names: [...of.names, ...names], at };
    if (of.kind === 'variable') return { ...of, names, at };
    if (/^(?:bool|string|number|nil|dot)$/.test(of.kind)) {
      this.#fail(`unexpected . after term ${quoted(shown(of))}`);
    }
    return { kind: 'chain', of, names, at };
  }

  #term(): Operand | undefined {
    const { kind, text, at } = this.#peek();
    const start = this.#next;
    this.#take();
    switch (kind) {
      case 'name':
        if (!this.#isFunction(text)) this.#fail(`function ${quoted(text)} not defined`);
        return { kind: 'function', name: text, at };
      case 'variable':
        if (!this.#variables.includes(text)) this.#fail(`undefined variable ${quoted(text)}`);
        return { kind: 'variable', name: text, names: [], at };
      case 'field':
        return { kind: 'field', names: [text.slice(1)], at };
      case 'string':
        return { kind: 'string', text, value: this.#unquoted(text), at };
      case 'number':
      case 'character': {
        const value = numberOf(text);
        if (typeof value === 'string') {
          this.#fail(`${value}: ${kind === 'character' ? text : quoted(text)}`);
        }
        return { kind: 'number', text, value, at };
      }
      case 'keyword':
        if (text === 'nil') return { kind: 'nil', at };
        if (text === 'true' || text === 'false') {
          return { kind: 'bool', value: text === 'true', at };
        }
        break;
      case 'sign':
        if (text === '.') return { kind: 'dot', at };
        if (text === '(') return this.#pipe('parenthesized pipeline', ')');
        break;
    }
    this.#next = start;
    return;
  }

  #unquoted(text: string): string {
    if (scanString(text, 0) !== text.length) this.#fail('invalid syntax');
    return unquoted(text);
  }

  /** Returns the next token that is no space, and leaves it there. */
  #peek(): Token {
    while (this.#tokens[this.#next]!.kind === 'space') this.#next++;
    return this.#tokens[this.#next]!;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== 'end' && token.kind !== 'error') this.#next++;
    return token;
  }

  #close(context: string): void {
    const token = this.#take();
    if (token.kind !== '}}') this.#unexpected(token, context);
  }

  #unexpected(token: Token, context: string): never {
    if (token.kind === 'error') this.#fail(token.text);
    this.#fail(`unexpected ${described(token)} in ${context}`);
  }

  #fail(problem: string): never {
    const { at } = this.#tokens[Math.max(this.#next - 1, 0)]!;
    const line = this.#text.slice(0, at).split('\n').length;
    throw new TemplateError(`template: ${this.#name}:${line}: ${problem}`, line);
  }
}

function isEnd({ kind, text }: Token, end: TokenKind | ')'): boolean {
  return end === ')' ? kind === 'sign' && text === ')' : kind === end;
}

/** Returns a token as Go shows it. */
function described({ kind, text }: Token): string {
  if (kind === 'end') return 'EOF';
  if (kind === 'sign' && text === '.') return '<.>';
  if (kind === 'keyword' && !/^(?:true|false)$/.test(text)) return `<${text}>`;
  return text.length > 10 ? `${quoted(text.slice(0, 10))}...` : quoted(text);
}
