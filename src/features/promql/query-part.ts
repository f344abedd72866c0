import type { Engine } from '../../promql/engine.ts';
import type { Part } from '../../protocol/feature.ts';

/** What other parts may ask of the feature `promql`, by `host.part<QueryPart>('promql')`. */
export interface QueryPart extends Part {
  /** The engine over the history. */
  readonly engine: Engine;
}
