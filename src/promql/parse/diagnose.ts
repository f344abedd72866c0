import type { ValueType } from '../ast.ts';
import { QueryError } from '../query-error.ts';
import { TypeChecker } from './check.ts';
import { type ParseOptions, parseUnchecked } from './parse.ts';

/** What is wrong with a query, and where. */
export interface Diagnosis {
  /** What Prometheus says of it, without the position. */
  readonly message: string;
  /** Both count from 1, the column in bytes of UTF-8, as in Prometheus. An empty query has 1 and 1. */
  readonly line: number;
  readonly column: number;
  /** Offsets of UTF-16 units, as JavaScript's strings count, `end` behind the last one. */
  readonly start: number;
  readonly end: number;
}

/** What a query is, for editors. */
export interface ParsedQuery {
  readonly valid: boolean;
  /** The first error of the syntax, or else all errors of types. */
  readonly errors: readonly Diagnosis[];
  /** The type of its values. Absent if the query is not valid. */
  readonly type?: ValueType | undefined;
}

/** Parses a query, and tells what is wrong with it. Never throws. */
export function diagnose(query: string, options: ParseOptions = {}): ParsedQuery {
  try {
    const checker = new TypeChecker(query);
    const type = checker.check(parseUnchecked(query, options.experimental ?? false));
    if (checker.errors.length === 0) return { valid: true, errors: [], type };
    return { valid: false, errors: checker.errors.map(diagnosisOf) };
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { valid: false, errors: [diagnosisOf(error)] };
  }
}

function diagnosisOf({ message, position, span }: QueryError): Diagnosis {
  const { line, column } = position ?? { line: 1, column: 1 };
  const { start, end } = span ?? { start: 0, end: 0 };
  return { message, line, column, start, end };
}
