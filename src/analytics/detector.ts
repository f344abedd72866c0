/** A detector of anomalies for one series. */
import { BAR, scored } from './evidence.ts';
import { expectedOf, halfBand, knowsOutliers } from './outlier.ts';
import {
  EVIDENCE,
  emptyState,
  forgetMoment,
  JUDGES,
  type Judge,
  judge,
  LEVEL,
  PERIOD,
  SEASON,
  SILENCE,
  SILENCE_SCORE,
  STARTED,
  STATE_SIZE,
  SURPRISES,
} from './parts.ts';
import { bytesOf, stateIn } from './saved-state.ts';
import { expectedInSeason, isOfProfile, SEASON_OUTLIER } from './season.ts';
import { heard, lastHeard, silentFor } from './silence.ts';

/** A part of a detector. Each looks for another kind of anomaly. */
export type PartName = Judge | 'silence';

/** What a detector makes of a value. */
export interface Assessment {
  /** How unusual it is, from 0 to 1. 0.9 and more is an anomaly, and comes once in an episode. Never NaN. */
  score: number;
  /** The value that was expected. NaN before the first value. */
  expected: number;
  /** Between `low` and `high` are about 999 of 1,000 values. NaN before the first value. */
  low: number;
  high: number;
  /** Whether the detector has seen too little. The score is 0 until then. */
  warming: boolean;
}

export interface Detector {
  /**
   * Takes the next value of the series. A value that is not finite is a gap.
   * @param seconds when it was read, in seconds since 1970. A clock that is set back does no harm.
   */
  next(seconds: number, value: number): Assessment;
  /** Tells that there was no value at this time. A series that has stopped scores higher and higher. */
  silent(seconds: number): Assessment;
  /** The score of each part for the last value, from 0 to 1, also of those that do not count. */
  parts(): Readonly<Record<PartName, number>>;
  /** Returns what the detector knows, for `restore()`. */
  save(): Uint8Array;
  /**
   * Goes on with what `save()` has returned. Scores are those of a detector that was never interrupted,
   * if the options are the same.
   * @returns whether it could. If not, the detector begins anew
   */
  restore(bytes: Uint8Array): boolean;
}

/** Values are taken to be no larger than this, so that differences are finite. */
const LARGEST = 1e300;

const SEASON_OUTLIERS = SEASON + SEASON_OUTLIER;
const UNKNOWN = Number.NaN;

/**
 * @param counting the parts that count
 * @param period the length of the season in seconds
 */
export function detectorOf(counting: ReadonlySet<PartName>, period: number): Detector {
  let state = emptyState(period);
  const judges = JUDGES.flatMap((name, i) => (counting.has(name) ? [SURPRISES + i] : []));
  // The other parts are ready when the level is.
  const lastToKnow = counting.has('season') && judges.length === 1 ? SEASON_OUTLIERS : LEVEL;

  const assess = (score: number): Assessment => {
    const warming = !knowsOutliers(state, lastToKnow);
    return { score: warming ? 0 : withinOne(score), ...bandOf(state), warming };
  };

  const silent = (seconds: number): Assessment => {
    state.fill(0, SURPRISES, SILENCE_SCORE);
    const score = silentFor(state, SILENCE, seconds);
    state[SILENCE_SCORE] = score;
    return assess(counting.has('silence') ? score : 0);
  };

  const next = (seconds: number, value: number): Assessment => {
    if (!Number.isFinite(value)) return silent(seconds);
    const time = Number.isFinite(seconds) ? seconds : lastHeard(state, SILENCE);
    if (heard(state, SILENCE, time)) forgetMoment(state);
    state[STARTED] = 1;
    state[SILENCE_SCORE] = 0;
    judge(state, time, Math.max(-LARGEST, Math.min(LARGEST, value)));
    let sum = 0;
    for (const at of judges) sum += state[at]!;
    return assess(scored(state, EVIDENCE, judges.length === 0 ? 0 : sum / judges.length));
  };

  return {
    next,
    silent,
    parts() {
      const scores = { silence: withinOne(state[SILENCE_SCORE]!) } as Record<PartName, number>;
      JUDGES.forEach((name, i) => {
        scores[name] = withinOne(1 - 10 ** (-state[SURPRISES + i]! / BAR));
      });
      return scores;
    },
    save: () => bytesOf(state),
    restore(bytes) {
      const restored = stateIn(bytes, STATE_SIZE, (place) => isOfProfile(place - SEASON));
      const fits = restored?.[PERIOD] === period;
      state = restored && fits ? restored : emptyState(period);
      return fits;
    },
  };
}

/** Returns what is expected: by the season if that is known, else by the level. */
function bandOf(state: Float64Array): Pick<Assessment, 'expected' | 'low' | 'high'> {
  if (state[STARTED] === 0) return { expected: UNKNOWN, low: UNKNOWN, high: UNKNOWN };
  const inSeason = knowsOutliers(state, SEASON_OUTLIERS)
    ? expectedInSeason(state, SEASON)
    : UNKNOWN;
  const isKnown = !Number.isNaN(inSeason);
  const expected = isKnown ? inSeason : expectedOf(state, LEVEL);
  const half = halfBand(state, isKnown ? SEASON_OUTLIERS : LEVEL);
  return { expected, low: expected - half, high: expected + half };
}

/** What was restored may be anything. */
const withinOne = (score: number): number => (score > 0 ? Math.min(score, 1) : 0);
