import type { QueryError } from '../../promql/query-error.ts';

/** What Prometheus calls the kinds of error, with the status of the answer. */
const STATUS = {
  bad_data: 400,
  execution: 422,
  canceled: 499,
  timeout: 503,
  unavailable: 503,
  internal: 500,
  too_large: 413,
} as const;

/** An answer that says why there is none. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly type: string;
  readonly status: number;

  constructor(type: keyof typeof STATUS, message: string) {
    super(message);
    // Prometheus has no type of its own for a body that is too large.
    this.type = type === 'too_large' ? 'bad_data' : type;
    this.status = STATUS[type];
  }
}

/** Says which parameter is wrong, as Prometheus does. */
export function invalidParameter(name: string, why: string): Refused {
  return new Refused('bad_data', `invalid parameter "${name}": ${why}`);
}

/** Returns what `read` returns, and says which parameter is wrong if it throws a text. */
export function parameter<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Wrong ? invalidParameter(name, error.message) : error;
  }
}

/** Why a value of a parameter cannot be read. */
export class Wrong extends Error {}

/** Returns the message of an error of a query, with the place in the query as Prometheus writes it. */
export function messageOf({ kind, message, position }: QueryError): string {
  // What is wrong with the whole of it is wrong from its start on.
  const { line, column } = position ?? { line: 1, column: 1 };
  const isOfPlace = position !== undefined || kind === 'parse';
  return isOfPlace ? `${line}:${column}: parse error: ${message}` : message;
}

// The HTTP API is a part of its own, and so has classes of its own. It tells errors by their names.

export function isRefused(error: unknown): error is Refused {
  return error instanceof Error && error.name === 'Refused';
}

export function isQueryError(error: unknown): error is QueryError {
  return error instanceof Error && error.name === 'QueryError';
}

/** Whether the query itself is wrong, so that it was not even begun. */
export function isOfQuery(error: unknown): error is QueryError {
  return isQueryError(error) && (error.kind === 'parse' || error.kind === 'type');
}
