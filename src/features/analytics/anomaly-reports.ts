import type { AnomalyReport } from '../../model.ts';
import type { PartHost } from '../../protocol/feature.ts';
import { explanation, movedSeries, type OfWatch } from './explanation.ts';
import type { RunningWatch } from './running-watch.ts';

/** The hook is told of so many anomalies of a run at most. All are counted. */
const MOST_TOLD = 50;

/** Counts anomalies that begin, and tells the hook and the log of events of them. */
export function reportAnomalies(
  host: Pick<PartHost, 'hook' | 'event'>,
  begun: readonly OfWatch[],
  watches: Iterable<RunningWatch>,
  time: number,
): void {
  if (begun.length === 0) return;
  const moved = movedSeries(watches, time);
  for (const { watch } of begun) watch.anomalies++;
  for (const one of begun.slice(0, MOST_TOLD)) {
    const { score, expected, low, high, value, since, fullLabels: labels } = one.series;
    const watch = one.watch.plan.name;
    const text = explanation(one, moved);
    const report: AnomalyReport = {
      ...{ watch, labels, score, expected, low, high, value, since, text },
    };
    host.hook('anomaly', report);
    host.event('anomaly', report, { watch });
  }
}
