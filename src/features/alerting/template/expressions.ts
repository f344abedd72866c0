import { quoted } from '../../../promql/quoted.ts';
import { FUNCTIONS, type Surroundings } from './functions.ts';
import { type Command, type Operand, type Pipe, shown } from './nodes.ts';
import type { ParsedTemplate } from './parser.ts';
import { TemplateError } from './template-error.ts';
import { GoMap, isList, isTrue, Struct, typeOf, type Value } from './values.ts';

/** What is evaluated: the template with its name and its text, for errors. */
export interface Source extends ParsedTemplate {
  readonly name: string;
  readonly text: string;
}

/** How much a template may do and print, over all attempts. */
export interface Limits {
  steps: number;
  readonly length: number;
}

/** So many characters, or samples of a list, are read or written in one step. */
const CHARACTERS_A_STEP = 32;
const SAMPLES_A_STEP = 16;

/** Thrown by functions that must wait. It is no error of the template. */
export class Interruption {}

/** Stands for the value of the command before, where there is none. */
const NONE = Symbol('none');
type Final = Value | typeof NONE;

const PARAMETERS: Readonly<Record<string, string>> = {
  s: 'string',
  l: 'template.queryResult',
  m: '*template.sample',
};

/** Evaluates pipelines, knows the values of variables, and what is being evaluated when something fails. */
export class Expressions {
  readonly #source: Source;
  readonly #around: Surroundings;
  readonly #limits: Limits;
  /** The name of the template that is evaluated. */
  template: string;
  variables: [name: string, value: Value][] = [];
  /** What is being evaluated. Errors name it. */
  node: { readonly at: number; readonly text: string } | Operand | Command = { at: 0, text: '' };

  constructor(source: Source, around: Surroundings, limits: Limits) {
    this.#source = source;
    this.#around = around;
    this.#limits = limits;
    this.template = source.name;
  }

  pipe(pipe: Pipe, dot: Value): Value {
    this.node = pipe;
    let value: Final = NONE;
    for (const command of pipe.commands) value = this.#command(command, dot, value);
    const result = value as Value;
    for (const name of pipe.variables) {
      if (pipe.assigns) this.assign(name, result);
      else this.variables.push([name, result]);
    }
    return result;
  }

  assign(name: string, value: Value): void {
    const variable = this.#variable(name);
    if (!variable) this.fail(`undefined variable: ${name}`);
    variable[1] = value;
  }

  #command(command: Command, dot: Value, final: Final): Value {
    this.step();
    const [first, ...args] = command.args as [Operand, ...Operand[]];
    const hasArgs = args.length > 0 || final !== NONE;
    if (first.kind === 'function') return this.#function(first.name, command, args, dot, final);
    this.node = first;
    const isField = first.kind === 'field' || first.kind === 'chain';
    if (isField || (first.kind === 'variable' && first.names.length > 0)) {
      return this.#fields(first, dot, hasArgs);
    }
    if (hasArgs) this.fail(`can't give argument to non-function ${shown(first)}`);
    if (first.kind === 'nil') this.fail('nil is not a command');
    return this.#operand(first, dot);
  }

  #operand(node: Operand, dot: Value): Value {
    this.node = node;
    switch (node.kind) {
      case 'dot':
        return dot;
      case 'nil':
        return;
      case 'bool':
      case 'number':
      case 'string':
        return node.value;
      case 'function':
        return this.#function(node.name, node, [], dot, NONE);
      case 'pipe':
        return this.pipe(node, dot);
      default:
        return this.#fields(node, dot, false);
    }
  }

  /** Returns the latest of that name. Browsers before 2022 have no `findLast()`. */
  #variable(name: string) {
    for (let i = this.variables.length - 1; i >= 0; i--) {
      if (this.variables[i]![0] === name) return this.variables[i];
    }
    return undefined;
  }

  /** Evaluates a variable, a field or a chain. */
  #fields(node: Operand & { names: readonly string[] }, dot: Value, hasArgs: boolean): Value {
    let value = dot;
    if (node.kind === 'chain') {
      if (node.of.kind === 'nil') this.fail(`indirection through explicit nil in ${shown(node)}`);
      value = this.#operand(node.of, dot);
    } else if (node.kind === 'variable') {
      const found = this.#variable(node.name);
      if (!found) this.fail(`undefined variable: ${node.name}`);
      value = found[1];
    }
    node.names.forEach((name, i) => {
      value = this.#field(value, name, hasArgs && i === node.names.length - 1);
    });
    return value;
  }

  #field(value: Value, name: string, hasArgs: boolean): Value {
    if (value === undefined) return;
    if (value instanceof GoMap) {
      if (hasArgs) this.fail(`${name} is not a method but has arguments`);
      return value.entries.has(name) ? value.entries.get(name) : value.missing;
    }
    if (!(value instanceof Struct && value.fields.has(name))) {
      this.fail(`can't evaluate field ${name} in type ${typeOf(value)}`);
    }
    if (hasArgs) this.fail(`${name} has arguments but cannot be invoked as function`);
    return value.fields.get(name);
  }

  #function(
    name: string,
    node: Operand | Command,
    args: readonly Operand[],
    dot: Value,
    final: Final,
  ) {
    this.node = 'args' in node ? node.args[0]! : node;
    if (name === 'and' || name === 'or') return this.#logic(name, args, dot, final);
    const { takes, call, writes } = FUNCTIONS.get(name)!;
    const isOpen = takes.endsWith('*');
    const types = takes.replace('*', '');
    const count = args.length + (final === NONE ? 0 : 1);
    const fewest = isOpen ? types.length - 1 : types.length;
    if (isOpen ? count < fewest : count !== fewest) {
      const wanted = isOpen ? `at least ${fewest} got ${args.length}` : `${fewest} got ${count}`;
      this.fail(`wrong number of args for ${name}: want ${wanted}`);
    }
    const typeAt = (i: number) => types[Math.min(i, types.length - 1)]!;
    const values = args.map((arg, i) => this.#argument(arg, typeAt(i), dot));
    if (final !== NONE) values.push(this.#fitting(final, typeAt(args.length)));
    for (const value of values) {
      if (writes) this.stepsToWrite(value);
      else this.#stepsToRead(value);
    }
    let result: Value;
    try {
      result = call(this.#around, ...values);
    } catch (error) {
      if (error instanceof Interruption) throw error;
      this.node = node;
      this.fail(`error calling ${name}: ${(error as Error).message}`);
    }
    if (typeof result === 'string' && result.length > this.#limits.length) {
      this.fail(`error calling ${name}: result is longer than ${this.#limits.length}`);
    }
    this.#stepsToRead(result);
    return result;
  }

  /** Evaluates arguments until the result is known. */
  #logic(name: 'and' | 'or', args: readonly Operand[], dot: Value, final: Final): Value {
    if (args.length === 0 && final === NONE) {
      this.fail(`wrong number of args for ${name}: want at least 1 got 0`);
    }
    let value: Value;
    for (const arg of args) {
      value = this.#argument(arg, 'v', dot);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return final === NONE ? value : final;
  }

  #argument(node: Operand, type: string, dot: Value): Value {
    this.node = node;
    const wanted = PARAMETERS[type];
    const { kind } = node;
    if (kind === 'nil' && type === 's') this.fail(`cannot assign nil to ${wanted}`);
    if (wanted && (kind === 'bool' || kind === 'number' || (kind === 'string' && type !== 's'))) {
      this.fail(
        type === 's'
          ? `expected string; found ${shown(node)}`
          : `can't handle ${shown(node)} for arg of type ${wanted}`,
      );
    }
    return this.#fitting(this.#operand(node, dot), type);
  }

  /** Returns the value, unless a function cannot take it. */
  #fitting(value: Value, type: string): Value {
    const wanted = PARAMETERS[type];
    if (!wanted || typeOf(value) === wanted) return value;
    if (value !== undefined) {
      this.fail(`wrong type for value; expected ${wanted}; got ${typeOf(value)}`);
    }
    if (type === 's') this.fail(`invalid value; expected ${wanted}`);
    if (type === 'l') return [];
    return this.fail('runtime error: invalid memory address or nil pointer dereference');
  }

  step(count = 1): void {
    this.#limits.steps -= count;
    if (this.#limits.steps < 0) this.fail('template takes too many steps');
  }

  /** Takes the steps that all the parts of a value need. A map may have the same map in it, again and again. */
  stepsToWrite(value: Value): void {
    this.#stepsToRead(value);
    if (value instanceof GoMap) this.#stepsToWriteAll(value.entries);
    else if (value instanceof Struct) {
      if (value.text === undefined) this.#stepsToWriteAll(value.fields);
      else this.#stepsToRead(value.text);
    } else if (isList(value)) for (const one of value) this.stepsToWrite(one);
  }

  #stepsToWriteAll(parts: ReadonlyMap<string, Value>): void {
    for (const [name, value] of parts) {
      this.step();
      this.#stepsToRead(name);
      this.stepsToWrite(value);
    }
  }

  #stepsToRead(value: Value): void {
    if (typeof value === 'string') this.step(Math.floor(value.length / CHARACTERS_A_STEP));
    else if (isList(value)) this.step(Math.floor(value.length / SAMPLES_A_STEP));
  }

  fail(problem: string): never {
    const { name, text } = this.#source;
    const node = this.node;
    const before = text.slice(0, node.at).split('\n');
    const column = new TextEncoder().encode(before.at(-1)).length;
    const what = 'kind' in node ? shown(node) : node.text;
    throw new TemplateError(
      `template: ${name}:${before.length}:${column}: executing ${quoted(this.template)} at <${what}>: ${problem}`,
    );
  }
}
