import type { Feature } from '../../protocol/feature.ts';
import type { HistoryStatus } from './history-part.ts';
import { checkedHistoryOptions, type HistoryOptions } from './options.ts';

export type { HistoryStatus } from './history-part.ts';
export type { HistoryOptions } from './options.ts';

/** What `collector.feature(history)` offers. */
export interface HistoryApi {
  /** Resolves to what the history holds now. */
  status(): Promise<HistoryStatus>;
}

/**
 * Keeps the samples of the last collection runs beside the collector, so that expressions can be asked there.
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { history } from 'utilityfog-telemetry/history';
 *
 * const kept = history({ retention: 600, maxBytes: 10e6 });
 * const collector = new TelemetryCollector({ use: [kept] });
 * console.log((await collector.feature(kept).status()).series);
 * // -> 0
 * await collector.shutdown();
 * ```
 */
export function history(options?: HistoryOptions): Feature<HistoryApi> {
  return {
    name: 'history',
    config: checkedHistoryOptions(options),
    code: {
      url: () => new URL('./history-part.js', import.meta.url),
      text: async () => (await import('../part-text.ts')).partText,
      module: () => import('./part.ts'),
    },
    api: (call) => ({ status: () => call('status') as Promise<HistoryStatus> }),
  };
}
