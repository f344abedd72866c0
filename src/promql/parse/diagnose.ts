import { type Diagnosis, QueryError } from '../query-error.ts';
import { TypeChecker } from './check.ts';
import { type ParseOptions, parseUnchecked } from './parse.ts';

/** Returns what is wrong with a query: the first error of the syntax, or else all errors of types. */
export function diagnose(query: string, options: ParseOptions = {}): readonly Diagnosis[] {
  try {
    const checker = new TypeChecker(query);
    checker.check(parseUnchecked(query, options.experimental ?? false));
    return checker.errors.map(diagnosisOf);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return [diagnosisOf(error)];
  }
}

function diagnosisOf({ message, position, span }: QueryError): Diagnosis {
  const { line, column } = position ?? { line: 1, column: 1 };
  const { start, end } = span ?? { start: 0, end: 0 };
  return { message, line, column, start, end };
}
