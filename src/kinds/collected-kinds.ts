import type { BoundSeries } from './bound-series.ts';
import type { CollectedKind } from './collected-kind.ts';
import { collectedCounter } from './counter/collected.ts';
import { collectedGauge } from './gauge/collected.ts';
import { collectedHistogram } from './histogram/collected.ts';
import { collectedNative } from './histogram/collected-native.ts';
import { collectedInfo } from './info/collected.ts';
import { collectedStateSet } from './state-set/collected.ts';

/** The kinds for which a `collect` callback may return values. */
const COLLECTED_KINDS: readonly CollectedKind[] = [
  collectedCounter,
  collectedGauge,
  collectedHistogram,
  collectedNative,
  collectedInfo,
  collectedStateSet,
];

/** Returns the kind of a series of a metric; `undefined` if its callbacks have to record by themselves. */
export function collectedKindOf(series: BoundSeries, metric: string): CollectedKind | undefined {
  return COLLECTED_KINDS.find(
    ({ series: its, type = metric }) => series instanceof its && type === metric,
  );
}
