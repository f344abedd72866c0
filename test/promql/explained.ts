import type { Call, Expr, Subquery } from '../../src/promql/ast.ts';
import { typeOf } from '../../src/promql/expr-type.ts';
import { parse } from '../../src/promql/parse/parse.ts';
import { type Answer, type Asked, isSame, replacement, type Times } from './both-engines.ts';
import { KNOWN } from './known-differences.ts';

/** What is wrong where no known difference explains it. */
export const UNEXPLAINED = 'unexplained';
const LAST_DIGITS = 'last digits';

/** A part of an expression whose value is a vector or a scalar, and the times at which it is evaluated. */
interface Part {
  readonly expr: Expr;
  readonly times: Times;
}

/** What is known of a part: the text, with the answers of Prometheus in the place of the parts of it. */
export interface Suspect {
  readonly both: Asked;
  readonly expr: Expr;
  readonly times: Times;
  readonly text: string;
  /** The parts, as far as they were replaced. */
  readonly inputs: readonly Answer[];
  readonly wanted: Answer;
  readonly got: Answer;
  /** Returns the text of a part of the expression, with the answers in it. */
  textOf(part: Expr): string;
  /** Evaluates another text over the same answers. */
  evaluate(text: string): Promise<Answer>;
}

const RANDOM = 'Prometheus answers otherwise when it is asked again';
const SAME_NOW = `${UNEXPLAINED}: asked again, both say the same`;

/** How often it is looked for reasons. What Prometheus answers for a part may be no part of what it has answered. */
const ATTEMPTS = 20;
/** How often Prometheus is asked whether its answers differ. */
const AGAIN = 50;

/**
 * Finds out why the answers to an expression differ. It looks at each part of the expression with what Prometheus has
 * answered for the parts of that. So each part is alone responsible for what it does, and a known difference in one
 * does not hide a fault in another. Returns the names of the known differences, and `unexplained` with the parts that
 * have none.
 */
export async function explained(both: Asked, text: string, times: Times): Promise<string[]> {
  const fixed = text
    .replaceAll('@ start()', `@ ${times.from / 1000}`)
    .replaceAll('@ end()', `@ ${times.to / 1000}`);
  for (let attempt = 1; ; attempt++) {
    const found = new Set<string>();
    const isLast = attempt === ATTEMPTS;
    await examine({ expr: parse(fixed), times }, { both, text: fixed, found, isLast });
    if (found.size === 0) found.add((await isRandom(both, fixed, times)) ? RANDOM : SAME_NOW);
    const isSettled = ![...found].some((name) => name.startsWith(UNEXPLAINED));
    if (isSettled || isLast) return [...found];
  }
}

/** Whether Prometheus gives different answers to one question: it adds and takes what is equal in any order. */
async function isRandom(both: Asked, text: string, times: Times): Promise<boolean> {
  const first = await both.prometheus(text, times);
  for (let i = 0; i < AGAIN; i++) {
    if (!isSame(first, await both.prometheus(text, times), 0)) return true;
  }
  return false;
}

interface Examination {
  readonly both: Asked;
  readonly text: string;
  readonly found: Set<string>;
  /** Whether nothing can be hoped for from another attempt. */
  readonly isLast: boolean;
}

/** What Prometheus answers for a part, and whether this engine answers the same to the last digit. */
interface Examined {
  readonly wanted: Answer;
  readonly isExact: boolean;
}

/** Examines a part, and all parts of it. */
async function examine({ expr, times }: Part, within: Examination): Promise<Examined> {
  const { both, text, found, isLast } = within;
  const own = text.slice(expr.start, expr.end);
  const wanted = await both.prometheus(own, times);
  const alone = await both.ours(own, times);
  const examined = { wanted, isExact: isSame(alone, wanted, 0) };
  if (isSame(alone, wanted)) return examined;
  const parts = partsOf(expr, times);
  const before = found.size;
  const inputs: Answer[] = [];
  let areExact = true;
  for (const part of parts) {
    const { wanted: input, isExact } = await examine(part, within);
    inputs.push(input);
    areExact &&= isExact;
  }
  const textOf = (part: Expr) => withAnswers(part, parts, text);
  const evaluate = (other: string) => both.ours(other, times, inputs);
  const got = await evaluate(textOf(expr));
  // Where a part has failed, the whole must fail.
  const isSound = inputs.some(({ error }) => error !== undefined)
    ? wanted.error !== undefined
    : isSame(got, wanted);
  if (isSound && !areExact) {
    if (found.size === before) found.add(LAST_DIGITS);
    return examined;
  }
  // In another order the same input may give another answer, so the answer without replacement counts, too.
  const suspect = { both, expr, times, text, inputs, wanted, textOf, evaluate };
  const name = await nameOf({ ...suspect, got: isSound ? alone : got });
  if (name) found.add(name);
  else if (isLast && (await isRandom(both, own, times))) found.add(RANDOM);
  else found.add(`${UNEXPLAINED}: ${own} at ${times.from}`);
  return examined;
}

async function nameOf(suspect: Suspect): Promise<string | undefined> {
  for (const [name, holds] of Object.entries(KNOWN)) if (await holds(suspect)) return name;
  return;
}

/** The text of an expression in which each part is replaced by a selector of what Prometheus has answered for it. */
function withAnswers(expr: Expr, parts: readonly Part[], text: string): string {
  let result = text.slice(expr.start, expr.end);
  const inside = parts
    .map((part, i) => ({ ...part, i }))
    .filter((part) => part.expr.start >= expr.start && part.expr.end <= expr.end)
    .sort((one, other) => other.expr.start - one.expr.start);
  for (const { expr: part, i } of inside) {
    // Some functions ask what the matchers of a selector are. This is no selector.
    const vector = `(${replacement(i)} or ${replacement(i)})`;
    const selector = typeOf(part) === 'scalar' ? `scalar(${replacement(i)})` : vector;
    const [from, to] = [part.start - expr.start, part.end - expr.start];
    result = `${result.slice(0, from)}${selector}${result.slice(to)}`;
  }
  return result;
}

/** Numbers, texts and selectors have no parts, and are none: both engines know them as they are. */
function partsOf(expr: Expr, times: Times): Part[] {
  const operands = operandsOf(expr).flatMap((operand): Part[] => {
    const one = bare(operand);
    if (one.kind !== 'subquery') return [{ expr: operand, times }];
    return [{ expr: one.expr, times: timesOf(one, times) }];
  });
  return operands.filter((part) => !isLeaf(bare(part.expr)));
}

function operandsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'paren':
    case 'unary':
      return [expr.expr];
    case 'call':
      return expr.args;
    case 'aggregate':
      return expr.param ? [expr.param, expr.expr] : [expr.expr];
    case 'binary':
      return [expr.left, expr.right];
    default:
      return [];
  }
}

const isLeaf = ({ kind }: Expr): boolean =>
  ['number', 'string', 'vector-selector', 'matrix-selector'].includes(kind);

export function bare(expr: Expr): Expr {
  return expr.kind === 'paren' ? bare(expr.expr) : expr;
}

/** When the inside of a subquery is evaluated. Windows of 2.42 have both of their ends. */
function timesOf({ range, step }: Subquery, { from, to }: Times): Times {
  const every = step as number;
  const first = Math.ceil((from - (range as number)) / every) * every;
  return { from: first, to: Math.floor(to / every) * every, step: every };
}

/** The range vector that a function is called with. */
export function rangeOf({ args }: Call): Expr | undefined {
  return args.map(bare).find(({ kind }) => kind === 'subquery' || kind === 'matrix-selector');
}
