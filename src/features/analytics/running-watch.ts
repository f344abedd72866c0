import type { WatchPlan } from './watch-plan.ts';
import type { WatchedSeries } from './watched-series.ts';

/** A watch that runs beside the collector. */
export interface RunningWatch {
  readonly plan: WatchPlan;
  /** The unit of the values; empty if there is none. */
  readonly unit: string;
  readonly series: Iterable<WatchedSeries>;
  /** How many series there are detectors for. */
  readonly size: number;
  /** How many series there are no detectors for, since there are too many. */
  readonly refused: number;
  /** Why it cannot be evaluated now, or cannot be watched at all. */
  readonly error: string | undefined;
  /** How many anomalies it has found, and how many evaluations have failed. */
  anomalies: number;
  failures: number;
  /** Ends all its series. */
  end(): void;
}
