/**
 * What is recorded in each frame, whichever library does it: some foglets move, and each of them changes a counter,
 * a gauge and a histogram. It is the work of the benchmark's part `frames`.
 */
import type { Telemetry, Totals } from './telemetry.ts';

export const STEPS = 'foglet_steps_total';
export const POSITION = 'foglet_position';
export const DISTANCE = 'foglet_distance';
export const DISTANCE_BUCKETS = [50, 100, 200, 300, 400, 500, 600, 700, 800, 900];
export const UPDATES_PER_FOGLET = 3;

const GROUPS = 16;
const WIDTH = 960;
/** It shares no factor with the width, so that positions are spread evenly. */
const STRIDE = 7919;

/** The groups, each with a gauge and a histogram. */
export const groups = Array.from({ length: GROUPS }, (_, i) => `group-${i}`);

/** Returns the labels of the foglet with that number, which has a counter of its own. */
export const labelsOf = (foglet: number) => ({
  foglet: String(foglet),
  group: groups[foglet % GROUPS],
});

export class Workload {
  readonly #telemetry: Telemetry;
  readonly #series: number;
  readonly #positions = new Float64Array(GROUPS);
  /** How many foglets were recorded, and the sum of their distances. */
  #recorded = 0;
  #distances = 0;

  constructor(telemetry: Telemetry, series: number) {
    this.#telemetry = telemetry;
    this.#series = series;
  }

  /** Records the next foglets. */
  record(foglets: number): void {
    const end = this.#recorded + foglets;
    for (let i = this.#recorded; i < end; i += 1) {
      const group = i % GROUPS;
      // Whole numbers, so that every order of adding them up gives the same sum.
      const position = (i * STRIDE) % WIDTH;
      this.#telemetry.record(i % this.#series, group, position);
      this.#positions[group] = position;
      this.#distances += position;
    }
    this.#recorded = end;
  }

  /** What the telemetry must deliver in the end. */
  get expected(): Totals {
    return {
      steps: this.#recorded,
      positions: this.#positions.reduce((sum, position) => sum + position, 0),
      observations: this.#recorded,
      distances: this.#distances,
    };
  }
}
