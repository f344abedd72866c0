import type { Snapshot } from '../../model.ts';
import type { Expr } from '../../promql/ast.ts';
import type { HistoryPart } from '../history/history-part.ts';
import type { Evaluations } from './evaluations.ts';
import type { AlertingApi } from './query-part.ts';

/** What the HTTP API answers from. */
export interface Served {
  readonly history: Pick<HistoryPart, 'source' | 'metadata' | 'labels' | 'exemplars'>;
  readonly evaluations: Evaluations;
  /** The rules and alerts, if there are any. */
  readonly alerting: AlertingApi | undefined;
  /** @throws QueryError */
  parse(expr: string): Expr;
  /** Parses what need not be an expression that can be evaluated, such as a selector. @throws QueryError */
  parseUnchecked(text: string): Expr;
  /** Writes an expression in one line. */
  printed(expr: Expr): string;
  /** Resolves to everything as of now. */
  read(): Promise<Snapshot>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** What an endpoint answers with. Without `data` the answer is empty. */
export interface Answer {
  readonly data: unknown;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/** An answer that is written already. */
export interface WrittenAnswer {
  readonly json: Uint8Array<ArrayBuffer>;
}

/** The warning of an answer that was cut. */
export const TRUNCATED = 'results truncated due to limit';
