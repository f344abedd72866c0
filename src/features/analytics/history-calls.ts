import type { ChangesOptions } from '../../analytics/analyses.ts';
import type { PartHost } from '../../protocol/feature.ts';
import type { HistoryPart } from '../history/history-part.ts';
import type { QueryPart } from '../promql/query-part.ts';
import { changes } from './changes.ts';
import { correlate } from './correlate.ts';
import { describe } from './describe.ts';
import type { RunIntervals } from './run-intervals.ts';
import type { TargetPlan } from './target.ts';
import { type SampleSources, type TargetSeries, targetSamples } from './target-samples.ts';

/** Makes the calls that are answered from the history. */
export function historyCalls(host: PartHost, intervals: RunIntervals) {
  const found = host.part<HistoryPart>('history');
  const query = host.part<QueryPart>('promql');
  const sources = (): SampleSources => {
    if (!found) throw new Error('this needs history() before analytics() in `use`');
    return { history: found, query, interval: intervals.last };
  };
  const read = async (target: TargetPlan, over: number): Promise<TargetSeries[]> => {
    const now = host.clock.now();
    return targetSamples(sources(), target, now - over, now);
  };
  return {
    describe: async (target: TargetPlan, over: number) => describe(await read(target, over)),
    correlate: async (one: TargetPlan, other: TargetPlan, over: number, maxLag: number) =>
      correlate(await read(one, over), await read(other, over), maxLag),
    changes: async (options: ChangesOptions) =>
      changes(sources().history, options, host.clock.now()),
  };
}
