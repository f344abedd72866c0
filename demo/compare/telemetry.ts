/** What each of the compared libraries has to do. Each file in libraries/ exports an `open` of this form. */

export interface Totals {
  /** The sum of the counters. */
  readonly steps: number;
  /** The sum of the gauges. */
  readonly positions: number;
  /** How many observations the histograms have, and the sum of these. */
  readonly observations: number;
  readonly distances: number;
}

export interface Telemetry {
  /** How the library and its worker meet, if it has one. */
  readonly link?: string | undefined;
  /** Increments the counter of the foglet, sets the gauge of its group, and observes in the histogram of that. */
  record(foglet: number, group: number, position: number): void;
  /** For how long the main thread has worked on telemetry apart from `record`. Milliseconds. */
  spent(): number;
  /** Exports once a second from now on. */
  start(): Promise<void>;
  /** Ends the exports. Resolves to what one more of them delivers; to `undefined` if there is none. */
  stop(): Promise<Totals | undefined>;
}

/** @param series how many foglets have a counter of their own */
export type Open = (series: number) => Promise<Telemetry>;
