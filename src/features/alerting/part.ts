import type { Part, PartHost } from '../../protocol/feature.ts';
import { AlertingPart } from './alerting-part.ts';
import type { AlertingConfig } from './config.ts';

export const name = 'alerting';

/** Starts the part of `alerting()`, which runs beside the collector. */
export function start(host: PartHost, config: AlertingConfig): Part {
  return new AlertingPart(host, config);
}
