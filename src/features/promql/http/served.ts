import type { Engine, EngineOptions } from '../../../promql/engine.ts';
import type { Snapshot } from '../../../model.ts';
import type { HistoryPart } from '../../history/history-part.ts';
import type { AlertingApi } from '../query-part.ts';

/** What the HTTP API answers from. */
export interface Served {
  readonly history: Pick<HistoryPart, 'source' | 'metadata'>;
  /** Makes an engine over the history. @param options those that differ from the options of the feature */
  engine(options?: EngineOptions): Engine;
  /** Whether experimental functions may be used. */
  readonly experimental: boolean;
  /** The rules and alerts, if there are any. */
  readonly alerting: AlertingApi | undefined;
  /** Resolves to everything as of now. */
  read(): Promise<Snapshot>;
  /** Milliseconds since 1970. */
  now(): number;
}
