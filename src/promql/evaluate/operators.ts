import type { ArithmeticOperator, BinaryOperator, ComparisonOperator } from '../ast.ts';

/** Go's `math.Pow` knows more powers than JavaScript: those of 1, and the infinite ones of -1. */
function power(base: number, exponent: number): number {
  return base === 1 || (base === -1 && Math.abs(exponent) === Infinity) ? 1 : base ** exponent;
}

export const ARITHMETIC: Readonly<
  Record<ArithmeticOperator, (left: number, right: number) => number>
> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': power,
  atan2: Math.atan2,
};

export const COMPARISONS: Readonly<
  Record<ComparisonOperator, (left: number, right: number) => boolean>
> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '>': (left, right) => left > right,
  '<=': (left, right) => left <= right,
  '>=': (left, right) => left >= right,
};

export function isArithmetic(op: BinaryOperator): op is ArithmeticOperator {
  return Object.hasOwn(ARITHMETIC, op);
}

export function isComparison(op: BinaryOperator): op is ComparisonOperator {
  return Object.hasOwn(COMPARISONS, op);
}

/** Go's `math.Max`: NaN gives way to an infinite number, but to no other. */
export function greater(one: number, other: number): number {
  return one === Infinity || other === Infinity ? Infinity : Math.max(one, other);
}

/** Go's `math.Min`. */
export function less(one: number, other: number): number {
  return one === -Infinity || other === -Infinity ? -Infinity : Math.min(one, other);
}
