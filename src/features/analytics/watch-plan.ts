import type { DetectorOptions } from '../../analytics/detectors.ts';
import type { TargetPlan } from './target.ts';

/** A watch, complete, as the part is told of it. It fits JSON. */
export interface WatchPlan {
  readonly name: string;
  readonly target: TargetPlan;
  readonly threshold: number;
  readonly quantiles: readonly number[];
  readonly detector?: DetectorOptions | undefined;
}
