import type { NativeHistogram } from '../../model.ts';
import type { FamilyView } from '../kind.ts';
import type { NativeShape } from './layout.ts';
import type { Recency } from './recent-quantiles.ts';

/** How a collector reads native buckets. `classic` is how many classic buckets a block has. */
export interface NativeReading {
  /** As `read` of a kind. Without classic buckets, the values of a series are the sum and the count of all. */
  read(
    family: FamilyView,
    shape: NativeShape,
    classic: number,
    values: Float64Array,
    from: number,
    to: number,
  ): readonly NativeHistogram[];
  /** As `read` of a kind, with the quantiles of what was observed lately. */
  readRecent(
    family: FamilyView,
    shape: NativeShape,
    recency: Recency,
    values: Float64Array,
    from: number,
    to: number,
  ): void;
  retain(
    before: readonly number[] | undefined,
    block: readonly number[],
    shape: NativeShape,
    classic: number,
  ): number[];
  merge(family: FamilyView, series: number, shape: NativeShape, classic: number): number[];
}

/** Edge functions load this only if they need it. Until then they have no such series. */
export let loadedReading: NativeReading | undefined;

export function setNativeReading(reading: NativeReading): void {
  loadedReading = reading;
}
