import type { ExportPlan } from '../../protocol/requests.ts';

/** Which traces are kept, if that is decided once a trace is there. */
export interface TailConfig {
  /** Whether all traces with an error are kept. */
  readonly errors: boolean;
  /** Which share of traces is kept because they took longest, for each name of a root. */
  readonly slowest: number;
  /** Which share of the others is kept. */
  readonly rate: number;
  /** How many seconds the first span of a trace waits for the rest. */
  readonly wait: number;
  /** How many spans may wait. */
  readonly maxSpans: number;
}

/** What the part is started with. */
export interface TracesConfig {
  /** How the exporter sends metrics; absent if nothing is sent. */
  readonly plan: ExportPlan | undefined;
  /** Attributes of the resource. */
  readonly resource: Readonly<Record<string, unknown>>;
  /** Whether the resource may find more of them, for which the part then asks. */
  readonly asksForResource: boolean;
  readonly tail: TailConfig | undefined;
  /** The bounds of the histogram of durations, in seconds; those of other histograms if it is `true`. */
  readonly spanMetrics: boolean | readonly number[];
}
