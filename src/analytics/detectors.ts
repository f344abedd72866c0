/**
 * Detectors of anomalies in a stream of values: `utilityfog-telemetry/analytics/detectors`.
 */
import { checked, type Rules } from '../options.ts';

/** The parts of a detector. Each looks for another kind of anomaly. */
export type PartName = 'level' | 'season' | 'change' | 'rate' | 'silence' | 'distribution';

export interface DetectorOptions {
  /** The parts that count. Default: all of them. */
  parts?: readonly PartName[] | undefined;
}

/** What a detector makes of a value. */
export interface Assessment {
  /** How unusual it is, from 0 to 1. Never NaN. */
  score: number;
  /** The value that was expected. NaN before the first value. */
  expected: number;
  /** Between `low` and `high` values are usual. NaN before the first value. */
  low: number;
  high: number;
  /** Whether the detector has seen too little. The score is 0 until then. */
  warming: boolean;
}

export interface Detector {
  /**
   * Takes the next value of the series. A value that is not finite is a gap.
   * @param seconds when it was read, in seconds of any clock
   */
  next(seconds: number, value: number): Assessment;
  /** Tells that there was no value at this time. A series that has stopped scores higher and higher. */
  silent(seconds: number): Assessment;
  /** The score of each part for the last value, from 0 to 1. */
  parts(): Readonly<Record<PartName, number>>;
  /** Returns what the detector knows, for `restore()`. */
  save(): Uint8Array;
  /**
   * Goes on with what `save()` has returned.
   * @returns whether it could. If not, the detector begins anew
   */
  restore(bytes: Uint8Array): boolean;
}

const PARTS: readonly PartName[] = ['level', 'season', 'change', 'rate', 'silence', 'distribution'];
const RULES: Rules<DetectorOptions> = {
  parts: [
    (value) =>
      Array.isArray(value) && value.length > 0 && value.every((one) => PARTS.includes(one)),
    `a list of ${PARTS.join(', ')}`,
  ],
};
const WARM_UP = 30;

/**
 * Makes a detector for one series. It sees each value once and needs no tuning.
 * @throws TelemetryError `invalid_option` if an option is not sound
 */
export function createDetector(options?: DetectorOptions): Detector {
  checked('createDetector', options, RULES);
  let state = new Float64Array(4);
  const assess = (score: number): Assessment => {
    const [count = 0, mean = 0, variance = 0] = state;
    const spread = 3 * Math.sqrt(variance);
    const warming = count < WARM_UP;
    const none = count === 0;
    state[3] = warming ? 0 : score;
    return {
      score: warming ? 0 : score,
      expected: none ? Number.NaN : mean,
      low: none ? Number.NaN : mean - spread,
      high: none ? Number.NaN : mean + spread,
      warming,
    };
  };
  return {
    next(_seconds, value) {
      if (!Number.isFinite(value) || Math.abs(value) > 1e150) return assess(0);
      const [count = 0, mean = 0, variance = 0] = state;
      const error = value - mean;
      const distance = variance > 0 ? Math.abs(error) / Math.sqrt(variance) : 0;
      const result = assess(distance / (distance + 4));
      const weight = 1 / Math.min(count + 1, 200);
      state[0] = count + 1;
      state[1] = mean + weight * error;
      state[2] = (1 - weight) * (variance + weight * error * error);
      return result;
    },
    silent: () => assess(0),
    parts: () => ({
      ...{ level: state[3] ?? 0, season: 0, change: 0, rate: 0, silence: 0, distribution: 0 },
    }),
    save: () => new Uint8Array(state.slice().buffer),
    restore(bytes) {
      const sound = bytes instanceof Uint8Array && bytes.length === state.byteLength;
      state = sound ? new Float64Array(bytes.slice().buffer) : new Float64Array(4);
      return sound;
    },
  };
}
