import type { Part, PartHost } from '../../protocol/feature.ts';
import { AnalyticsPart } from './analytics-part.ts';
import type { AnalyticsConfig } from './options.ts';

export const name = 'analytics';

/** Starts the part of `analytics()`, which runs beside the collector. */
export function start(host: PartHost, config: AnalyticsConfig): Part {
  return new AnalyticsPart(host, config);
}
