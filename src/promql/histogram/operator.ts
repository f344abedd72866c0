import type { BinaryOperator } from '../ast.ts';
import { add, asGauge, compact, divide, equal, multiply, subtract } from './arithmetic.ts';
import type { FloatHistogram } from './float-histogram.ts';
import type { Note } from './notes.ts';
import { trim } from './trim.ts';

type Operand = FloatHistogram | number;

/**
 * Applies a binary operator where at least one side is a histogram.
 * @returns the result; for `==` and `!=`, the left side if it holds. `undefined` if there is no result: the
 * comparison does not hold, or, with a note, the operator is not for these operands.
 */
export function operate(
  op: BinaryOperator,
  left: Operand,
  right: Operand,
  note: Note,
): FloatHistogram | undefined {
  if (typeof left === 'number' || typeof right === 'number')
    return withNumber(op, left, right, note);
  switch (op) {
    case '+': {
      const result = add(left, right, note);
      return result && compact(result);
    }
    case '-': {
      const result = subtract(left, right, note);
      return result && compact(asGauge(result));
    }
    case '==':
      return equal(left, right) ? left : undefined;
    case '!=':
      return equal(left, right) ? undefined : left;
  }
  note('incompatible-types');
  return undefined;
}

function withNumber(op: BinaryOperator, left: Operand, right: Operand, note: Note) {
  if (typeof left === 'number') {
    if (op === '*' && typeof right !== 'number') return compact(multiply(right, left));
  } else if (typeof right === 'number') {
    if (op === '*') return compact(multiply(left, right));
    if (op === '/') return compact(divide(left, right));
    if (op === '</' || op === '>/') return trim(left, op, right);
  }
  note('incompatible-types');
  return undefined;
}
