import type { Part, PartHost } from '../../protocol/feature.ts';
import type { TracesConfig } from './config.ts';
import { TracesPart } from './traces-part.ts';

export const name = 'traces';

/** Starts the part of `traces()`, which runs beside the collector. */
export function start(host: PartHost, config: TracesConfig): Part {
  return new TracesPart(host, config);
}
