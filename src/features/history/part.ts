import type { Part } from '../../protocol/feature.ts';
import type { HistoryStatus } from './history-part.ts';

export const name = 'history';

/** Starts the part of `history()`, which runs beside the collector. */
export function start(): Part {
  let samples = 0;
  return {
    sampled(snapshot) {
      for (const { series } of snapshot.families) samples += series.length;
    },
    calls: { status: (): HistoryStatus => ({ series: 0, samples, bytes: 0 }) },
  };
}
