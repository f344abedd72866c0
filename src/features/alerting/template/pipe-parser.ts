import { scanString } from '../../../promql/parse/string-scan.ts';
import { unquoted } from '../../../promql/parse/strings.ts';
import { quoted } from '../../../promql/quoted.ts';
import { type Command, type Operand, type Pipe, shown } from './nodes.ts';
import { numberOf } from './numbers.ts';
import { isSign, type TokenReader } from './token-reader.ts';

/** What an operand may begin with, beside some keywords and signs. */
const STARTS = /^(?:string|variable|field|number|character|name)$/;
/** What cannot be given the value of the command before, and has no fields. */
const CONSTANTS = /^(?:bool|dot|nil|number|string)$/;

/** Reads pipelines of commands, and knows the variables that they declare. */
export class PipeParser {
  readonly #reader: TokenReader;
  readonly #isFunction: (name: string) => boolean;
  /** The names that may be used. The block that declares them takes them back. */
  variables = ['$'];

  constructor(reader: TokenReader, isFunction: (name: string) => boolean) {
    this.#reader = reader;
    this.#isFunction = isFunction;
  }

  /** @param context what the pipeline belongs to, for errors */
  pipe(context: string, end: '}}' | ')' = '}}'): Pipe {
    return this.#reader.deeper(() => this.#pipe(context, end));
  }

  #pipe(context: string, end: '}}' | ')'): Pipe {
    const reader: TokenReader = this.#reader;
    const { at } = reader.peek();
    const [variables, assigns] = this.#declarations(context);
    const commands: Command[] = [];
    for (;;) {
      const token = reader.peek();
      if (end === ')' ? isSign(token, ')') : token.kind === end) break;
      const isWord = token.kind === 'keyword' && /^(?:true|false|nil)$/.test(token.text);
      if (!STARTS.test(token.kind) && !isWord && !isSign(token, '(', '.')) {
        reader.unexpected(reader.take(), context);
      }
      commands.push(this.#command());
    }
    reader.take();
    if (commands.length === 0) reader.fail(`missing value for ${context}`);
    commands.slice(1).forEach(({ args: [first] }, i) => {
      if (CONSTANTS.test(first!.kind)) {
        reader.fail(`non executable command in pipeline stage ${i + 2}`);
      }
    });
    return { kind: 'pipe', variables, assigns, commands, at };
  }

  /** Reads `$x :=`, `$x =` or `$i, $x :=`. */
  #declarations(context: string): [names: string[], assigns: boolean] {
    const reader: TokenReader = this.#reader;
    const names: string[] = [];
    while (reader.peek().kind === 'variable') {
      const back = reader.mark();
      const { text } = reader.take();
      const sign = reader.peek();
      if (!isSign(sign, ':=', '=', ',')) {
        // It is the first operand.
        back();
        break;
      }
      reader.take();
      names.push(text);
      this.variables.push(text);
      if (sign.text !== ',') return [names, sign.text === '='];
      if (context !== 'range' || names.length > 1) {
        reader.fail(`too many declarations in ${context}`);
      }
      if (!/^(?:variable|\}\})$/.test(reader.peek().kind)) {
        reader.fail('range can only initialize variables');
      }
    }
    return [names, false];
  }

  #command(): Command {
    const reader: TokenReader = this.#reader;
    const { at } = reader.peek();
    const args: Operand[] = [];
    const ends = () => reader.adjacent.kind === '}}' || isSign(reader.adjacent, ')');
    for (;;) {
      reader.peek();
      if (ends() || reader.taken('|')) break;
      const operand = this.#operand();
      if (!operand) reader.unexpected(reader.take(), 'operand');
      args.push(operand);
      if (reader.adjacent.kind !== 'space' && !ends() && !isSign(reader.adjacent, '|')) {
        reader.unexpected(reader.take(), 'operand');
      }
    }
    if (args.length === 0) reader.fail('empty command');
    return { kind: 'command', args, at };
  }

  #operand(): Operand | undefined {
    const reader: TokenReader = this.#reader;
    const of = this.#term();
    const { kind, at } = reader.adjacent;
    if (!of || kind !== 'field') return of;
    const names: string[] = [];
    while (reader.adjacent.kind === 'field') names.push(reader.take().text.slice(1));
    if (of.kind === 'field') return { kind: 'field', names: [...of.names, ...names], at };
    if (of.kind === 'variable') return { ...of, names, at };
    if (CONSTANTS.test(of.kind)) reader.fail(`unexpected . after term ${quoted(shown(of))}`);
    return { kind: 'chain', of, names, at };
  }

  #term(): Operand | undefined {
    const reader: TokenReader = this.#reader;
    const back = reader.mark();
    const token = reader.take();
    const { kind, text, at } = token;
    switch (kind) {
      case 'name':
        if (!this.#isFunction(text)) reader.fail(`function ${quoted(text)} not defined`);
        return { kind: 'function', name: text, at };
      case 'variable':
        if (!this.variables.includes(text)) reader.fail(`undefined variable ${quoted(text)}`);
        return { kind: 'variable', name: text, names: [], at };
      case 'field':
        return { kind: 'field', names: [text.slice(1)], at };
      case 'string':
        return { kind: 'string', text, value: this.unquoted(text), at };
      case 'number':
      case 'character': {
        const value = numberOf(text);
        if (typeof value === 'string') {
          reader.fail(`${value}: ${kind === 'character' ? text : quoted(text)}`);
        }
        return { kind: 'number', text, value, at };
      }
    }
    if (kind === 'keyword' && text === 'nil') return { kind: 'nil', at };
    if (kind === 'keyword' && /^(?:true|false)$/.test(text)) {
      return { kind: 'bool', value: text === 'true', at };
    }
    if (isSign(token, '.')) return { kind: 'dot', at };
    if (isSign(token, '(')) return this.pipe('parenthesized pipeline', ')');
    back();
    return;
  }

  unquoted(text: string): string {
    if (scanString(text, 0) !== text.length) this.#reader.fail('invalid syntax');
    return unquoted(text);
  }
}
