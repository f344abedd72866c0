import type { Binary, Call, Expr, Span, ValueType, VectorSelector } from '../ast.ts';
import { typeOf } from '../expr-type.ts';
import { FUNCTIONS } from '../functions.ts';
import type { QueryError } from '../query-error.ts';
import { quoted } from '../quoted.ts';
import { fault } from './fault.ts';

/** More would be of no use to anybody. */
const MOST_ERRORS = 100;
const COMPARISONS = ['==', '!=', '<', '>', '<=', '>='];
const SETS = ['and', 'or', 'unless'];
const NAMES: Readonly<Partial<Record<ValueType, string>>> = {
  vector: 'instant vector',
  matrix: 'range vector',
};
const named = (type: ValueType): string => NAMES[type] ?? type;

/** Finds what is wrong with the types of an expression, in the order in which Prometheus finds it. */
export class TypeChecker {
  readonly errors: QueryError[] = [];
  readonly #query: string;

  constructor(query: string) {
    this.#query = query;
  }

  /** Checks an expression and all that is in it. Returns its type. */
  check(expr: Expr): ValueType {
    switch (expr.kind) {
      case 'number':
        return 'scalar';
      case 'string':
        return 'string';
      case 'vector-selector':
        this.#checkSelector(expr);
        return 'vector';
      case 'matrix-selector':
        this.#checkSelector(expr.selector);
        return 'matrix';
      case 'paren':
        return this.check(expr.expr);
      case 'subquery': {
        const type = this.check(expr.expr);
        if (type !== 'vector') {
          this.#fail(expr, `subquery is only allowed on instant vector, got ${type} instead`);
        }
        return 'matrix';
      }
      case 'unary': {
        const type = this.check(expr.expr);
        if (type !== 'scalar' && type !== 'vector') {
          const where = 'expressions of type scalar or instant vector';
          this.#fail(expr, `unary expression only allowed on ${where}, got ${quoted(named(type))}`);
        }
        return type;
      }
      case 'aggregate':
        this.#expect(expr.expr, 'vector', 'aggregation expression');
        if (expr.param) {
          const type = expr.op === 'count_values' ? 'string' : 'scalar';
          this.#expect(expr.param, type, 'aggregation parameter');
        }
        return 'vector';
      case 'call':
        return this.#checkCall(expr);
      case 'binary':
        return this.#checkBinary(expr);
    }
  }

  #fail(span: Span, message: string): void {
    if (this.errors.length < MOST_ERRORS)
      this.errors.push(fault(this.#query, 'type', message, span));
  }

  #expect(expr: Expr, wanted: ValueType, where: string): void {
    const type = this.check(expr);
    if (type !== wanted) {
      this.#fail(expr, `expected type ${named(wanted)} in ${where}, got ${named(type)}`);
    }
  }

  /** Demands a condition that an empty label does not meet: all series would be too many by mistake. */
  #checkSelector(expr: VectorSelector, mayBeEmpty = false): void {
    const { name, matchers } = expr;
    if (name === '') {
      if (mayBeEmpty || matchers.some((matcher) => !matcher.matches(''))) return;
      this.#fail(expr, 'vector selector must contain at least one non-empty matcher');
      return;
    }
    for (const { name: label, value } of matchers.slice(0, -1)) {
      if (label !== '__name__') continue;
      this.#fail(expr, `metric name must not be set twice: ${quoted(name)} or ${quoted(value)}`);
    }
  }

  #checkCall(expr: Call): ValueType {
    const { name, args } = expr;
    const signature = FUNCTIONS.get(name)!;
    const { variadic } = signature;
    const where = `call to function ${quoted(name)}`;
    const count = signature.args.length - (variadic === 0 ? 0 : 1);
    const most = variadic < 0 ? Infinity : count + variadic;
    const bound =
      variadic === 0 && args.length !== count
        ? `${count}`
        : args.length < count
          ? `at least ${count}`
          : args.length > most && `at most ${most}`;
    if (bound) {
      this.#fail(
        expr,
        `expected ${bound} argument(s) in call to ${quoted(name)}, got ${args.length}`,
      );
    }
    const labels = name === 'info' ? args[1] : undefined;
    if (labels) this.#checkLabelSelector(expr, labels, where);
    // Types of arguments that there should not be are not looked at.
    const checked = variadic === 0 ? args.slice(0, signature.args.length) : args;
    for (const [i, arg] of checked.entries()) {
      if (arg === labels && arg.kind === 'vector-selector') this.#checkSelector(arg, true);
      else this.#expect(arg, signature.args[i] ?? signature.args.at(-1)!, where);
    }
    return signature.returns;
  }

  /** The second argument of `info` names labels, by a selector without the name of a metric. */
  #checkLabelSelector(call: Call, arg: Expr, where: string): void {
    const type = typeOf(arg);
    if (type !== 'vector') {
      this.#fail(call, `expected type instant vector in ${where}, got ${named(type)}`);
    }
    if (arg.kind !== 'vector-selector') this.#fail(arg, 'expected label selectors only');
    else if (arg.name !== '') {
      this.#fail(arg, 'expected label selectors only, got vector selector instead');
    }
  }

  #checkBinary(expr: Binary): ValueType {
    const { op, left, right, returnsBool } = expr;
    const leftType = this.check(left);
    const rightType = this.check(right);
    const isComparison = COMPARISONS.includes(op);
    const areScalars = leftType === 'scalar' && rightType === 'scalar';
    if (returnsBool && !isComparison) {
      this.#fail(this.#operatorOf(expr), 'bool modifier can only be used on comparison operators');
    }
    if (isComparison && !returnsBool && areScalars) {
      this.#fail(this.#operatorOf(expr), 'comparisons between scalars must use BOOL modifier');
    }
    const included = new Set(expr.matching?.on ? expr.matching.include : []);
    for (const label of included.size > 0 ? expr.matching!.labels : []) {
      if (!included.has(label)) continue;
      const message = `label ${quoted(label)} must not occur in ON and GROUP clause at once`;
      this.#fail(this.#operatorOf(expr), message);
    }
    for (const [side, type] of [
      [left, leftType],
      [right, rightType],
    ] as const) {
      if (type === 'scalar' || type === 'vector') continue;
      this.#fail(side, 'binary expression must contain only scalar and instant vector types');
    }
    if (leftType === 'vector' && rightType === 'vector') this.#checkSets(expr);
    else this.#checkUnmatched(expr);
    if ((leftType === 'scalar' || rightType === 'scalar') && SETS.includes(op)) {
      const message = `set operator ${quoted(op)} not allowed in binary scalar expression`;
      this.#fail(expr, message);
    }
    return areScalars ? 'scalar' : 'vector';
  }

  /** Both sides are vectors. */
  #checkSets(expr: Binary): void {
    const { op, matching } = expr;
    if (!matching || !SETS.includes(op)) return;
    if (matching.cardinality !== 'many-to-many') {
      this.#fail(expr, `no grouping allowed for ${quoted(op)} operation`);
      this.#fail(expr, 'set operations must always be many-to-many');
    }
    if (fills(expr)) this.#fail(expr, 'filling in missing series not allowed for set operators');
  }

  /** A side is no vector. So there is no matching. */
  #checkUnmatched(expr: Binary): void {
    if (expr.matching?.labels.length) {
      this.#fail(expr, 'vector matching only allowed between instant vectors');
    }
    if (fills(expr)) {
      this.#fail(expr, 'filling in missing series only allowed between instant vectors');
    }
    // The parser, which does not know types, has put it there.
    (expr as { matching?: Binary['matching'] }).matching = undefined;
  }

  /** Returns where the operator and its modifiers are. */
  #operatorOf({ left, right }: Binary): Span {
    const between = this.#query.slice(left.end, right.start);
    const start = left.end + between.length - between.trimStart().length;
    return { start, end: left.end + between.trimEnd().length };
  }
}

const fills = ({ matching }: Binary): boolean =>
  matching?.fillLeft !== undefined || matching?.fillRight !== undefined;
