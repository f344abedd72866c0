import { quoted } from '../../../promql/quoted.ts';
import { Expressions, type Limits, type Source } from './expressions.ts';
import type { Surroundings } from './functions.ts';
import { type Block, type Statement, shown } from './nodes.ts';
import { compareText, GoMap, isList, isTrue, textOf, type Value } from './values.ts';

/** Why statements end early. */
type Leave = 'break' | 'continue' | undefined;

/** How many templates may wait for each other. */
const DEEPEST = 100;

/**
 * Evaluates a template.
 * @throws TemplateError
 * @throws Interruption if a function must wait
 */
export function evaluate(source: Source, dot: Value, around: Surroundings, limits: Limits): string {
  return new Evaluator(source, new Expressions(source, around, limits), limits).whole(dot);
}

class Evaluator {
  readonly #source: Source;
  readonly #expressions: Expressions;
  readonly #limits: Limits;
  readonly #printed: string[] = [];
  #length = 0;
  #depth = 0;

  constructor(source: Source, expressions: Expressions, limits: Limits) {
    this.#source = source;
    this.#expressions = expressions;
    this.#limits = limits;
  }

  whole(dot: Value): string {
    this.#expressions.variables = [['$', dot]];
    this.#run(this.#source.body, dot);
    return this.#printed.join('');
  }

  #run(statements: readonly Statement[], dot: Value): Leave {
    for (const statement of statements) {
      this.#expressions.step();
      switch (statement.kind) {
        case 'text':
          this.#print(statement.text);
          break;
        case 'action': {
          const value = this.#expressions.pipe(statement.pipe, dot);
          if (statement.pipe.variables.length === 0) {
            this.#expressions.stepsToWrite(value);
            this.#print(value === undefined ? '<no value>' : textOf(value));
          }
          break;
        }
        case 'break':
        case 'continue':
          return statement.kind;
        case 'template':
          this.#call(statement, dot);
          break;
        default: {
          const leave = this.#block(statement, dot);
          if (leave) return leave;
        }
      }
    }
    return;
  }

  #block(block: Block, dot: Value): Leave {
    const known = this.#expressions.variables.length;
    const value = this.#expressions.pipe(block.pipe, dot);
    let leave: Leave;
    if (block.kind === 'range') {
      leave = this.#range(block, value, dot);
    } else {
      const on = isTrue(value);
      leave = this.#run(
        on ? block.body : block.otherwise,
        on && block.kind === 'with' ? value : dot,
      );
    }
    this.#expressions.variables.length = known;
    return leave;
  }

  #range(block: Block, value: Value, dot: Value): Leave {
    const entries = this.#entries(value);
    if (entries.length === 0) return this.#run(block.otherwise, dot);
    const known = this.#expressions.variables.length;
    const declared = block.pipe.variables;
    for (const [index, element] of entries) {
      this.#expressions.step();
      declared.forEach((name, i) => {
        this.#expressions.assign(name, i === declared.length - 1 ? element : index);
      });
      const leave = this.#run(block.body, element);
      this.#expressions.variables.length = known;
      if (leave === 'break') break;
    }
    return;
  }

  #entries(value: Value): readonly (readonly [Value, Value])[] {
    if (isList(value)) return value.map((element, i) => [BigInt(i), element] as const);
    if (value instanceof GoMap) return [...value.entries].sort(([a], [b]) => compareText(a, b));
    if (value === undefined) return [];
    if (typeof value !== 'bigint')
      this.#expressions.fail(`range can't iterate over ${textOf(value)}`);
    if (value > BigInt(this.#limits.steps)) this.#expressions.fail('template takes too many steps');
    return Array.from({ length: Math.max(Number(value), 0) }, (_, i) => [BigInt(i), BigInt(i)]);
  }

  #call({ name, pipe, at }: Statement & { kind: 'template' }, dot: Value): void {
    const args = pipe ? ` ${shown(pipe)}` : '';
    this.#expressions.node = { at, text: `{{template ${quoted(name)}${args}}}` };
    const body = name === this.#source.name ? this.#source.body : this.#source.defined.get(name);
    if (!body) this.#expressions.fail(`template ${quoted(name)} not defined`);
    if (this.#depth === DEEPEST)
      this.#expressions.fail(`exceeded maximum template depth (${DEEPEST})`);
    const value = pipe && this.#expressions.pipe(pipe, dot);
    const outer = { template: this.#expressions.template, variables: this.#expressions.variables };
    this.#depth++;
    this.#expressions.template = name;
    this.#expressions.variables = [['$', value]];
    this.#run(body, value);
    this.#expressions.template = outer.template;
    this.#expressions.variables = outer.variables;
    this.#depth--;
  }

  #print(text: string): void {
    this.#length += text.length;
    if (this.#length > this.#limits.length) {
      this.#expressions.fail(`template prints more than ${this.#limits.length} characters`);
    }
    this.#printed.push(text);
  }
}
