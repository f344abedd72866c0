import type { At, Duration, DurationExpression, Expr, Matching, VectorSelector } from '../ast.ts';
import { compareBytes } from '../label-set.ts';
import type { Matcher } from '../matcher.ts';
import { plainNumber } from '../plain-number.ts';
import { quoted } from '../quoted.ts';
import { printedDuration } from './durations.ts';

const SIMPLE_NAME = /^[a-zA-Z_]\w*$/;

/** Returns a query in the form that Prometheus gives it. Parsing it gives the same expression again. */
export function printed(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return printedNumber(expr.value, expr.isDuration);
    case 'string':
      return quoted(expr.value);
    case 'paren':
      return `(${printed(expr.expr)})`;
    case 'unary':
      return `${expr.op}${printed(expr.expr)}`;
    case 'call':
      return `${expr.name}(${expr.args.map(printed).join(', ')})`;
    case 'vector-selector':
      return `${nameAndMatchers(expr)}${printedAt(expr.at)}${extension(expr)}${printedOffset(expr.offset)}`;
    case 'matrix-selector': {
      const { selector, range } = expr;
      const time = `${printedAt(selector.at)}${printedOffset(selector.offset)}`;
      return `${nameAndMatchers(selector)}[${durationText(range)}]${extension(selector)}${time}`;
    }
    case 'subquery': {
      const step = expr.step === undefined ? '' : durationText(expr.step);
      const time = `${printedAt(expr.at)}${printedOffset(expr.offset)}`;
      return `${printed(expr.expr)}[${durationText(expr.range)}:${step}]${time}`;
    }
    case 'aggregate': {
      const { op, param, without, grouping } = expr;
      const word = without ? 'without' : grouping.length > 0 && 'by';
      const by = word ? ` ${word} (${labelList(grouping)}) ` : '';
      return `${op}${by}(${param ? `${printed(param)}, ` : ''}${printed(expr.expr)})`;
    }
    case 'binary': {
      const matching = expr.matching ? printedMatching(expr.matching) : '';
      const bool = expr.returnsBool ? ' bool' : '';
      return `${printed(expr.left)} ${expr.op}${bool}${matching} ${printed(expr.right)}`;
    }
  }
}

function nameAndMatchers({ name, matchers }: VectorSelector): string {
  const shown = matchers.filter(
    (one) => name === '' || one.name !== '__name__' || one.op !== '=' || one.value !== name,
  );
  if (shown.length === 0) return name;
  return `${name}{${shown.map(printedMatcher).sort(compareBytes).join(',')}}`;
}

const printedMatcher = ({ name, op, value }: Matcher): string =>
  `${labelName(name)}${op}${quoted(value)}`;

const labelName = (name: string): string => (SIMPLE_NAME.test(name) ? name : quoted(name));

const labelList = (labels: readonly string[]): string => labels.map(labelName).join(', ');

const extension = ({ modifier }: VectorSelector): string => (modifier ? ` ${modifier}` : '');

function printedAt(at: At | undefined): string {
  if (at === undefined) return '';
  return typeof at === 'number' ? ` @ ${(at / 1000).toFixed(3)}` : ` @ ${at}()`;
}

const printedOffset = (offset: Duration): string =>
  offset === 0 ? '' : ` offset ${durationText(offset)}`;

function printedMatching({
  cardinality,
  on,
  labels,
  include,
  fillLeft,
  fillRight,
}: Matching): string {
  const side = { 'many-to-one': 'left', 'one-to-many': 'right' }[cardinality as string];
  let text =
    labels.length > 0 || on || side ? ` ${on ? 'on' : 'ignoring'} (${labelList(labels)})` : '';
  if (side) text += ` group_${side} (${labelList(include)})`;
  const fill = (word: string, value: number | undefined) =>
    value === undefined ? '' : ` ${word} (${plainNumber(value)})`;
  if (fillLeft === fillRight) return text + fill('fill', fillLeft);
  return text + fill('fill_left', fillLeft) + fill('fill_right', fillRight);
}

const printedNumber = (value: number, isDuration: boolean): string =>
  isDuration ? printedDuration(value * 1000) : plainNumber(value);

function durationText(duration: Duration): string {
  return typeof duration === 'number' ? printedDuration(duration) : expressionText(duration);
}

function expressionText(duration: DurationExpression): string {
  switch (duration.kind) {
    case 'number':
      return printedNumber(duration.value, duration.isDuration);
    case 'step':
    case 'range':
      return `${duration.kind}()`;
    case 'negated':
      return `-${expressionText(duration.of)}`;
    case 'duration-paren':
      return `(${expressionText(duration.of)})`;
  }
  const left = expressionText(duration.left);
  const right = expressionText(duration.right);
  return duration.kind === 'min_of' || duration.kind === 'max_of'
    ? `${duration.kind}(${left}, ${right})`
    : `${left} ${duration.kind} ${right}`;
}
