/** A detector of anomalies for one series. */
import { halfBandOfConstant, usualOf } from './constant.ts';
import { JUDGES, type PartName } from './detector-options.ts';
import { barAt, isAlarming, scored } from './evidence.ts';
import { expectedOf, halfBand, knowsOutliers } from './outlier.ts';
import {
  CONSTANT,
  EVIDENCE,
  emptyState,
  forgetMoment,
  isFinding,
  judge,
  LEVEL,
  mayBeNaN,
  PERIOD,
  SEASON,
  SILENCE,
  SILENCE_SCORE,
  STARTED,
  SURPRISES,
} from './parts.ts';
import { bytesOf, stateIn } from './saved-state.ts';
import { expectedInSeason, SEASON_OUTLIER } from './season.ts';
import { heard, lastHeard, silentFor, usualInterval } from './silence.ts';
import { UNUSUAL } from './unusual.ts';
import { warmUpOf } from './warm-up.ts';

/** What a detector makes of a value. */
export interface Assessment {
  /** How unusual it is, from 0 to 1. 0.9 and more is an anomaly, and comes once in an episode. Never NaN. */
  score: number;
  /** The value that was expected, before this one was known. NaN for the first value. */
  expected: number;
  /** Between `low` and `high` were about 999 of 1,000 values so far. NaN for the first value. */
  low: number;
  /** The upper end of that range. NaN for the first value. */
  high: number;
  /** Whether the detector has seen too little. The score is 0 until then. */
  warming: boolean;
}

/** A detector of anomalies for one series. */
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

/** Values and times are taken to be no larger than this, so that differences are finite. */
const LARGEST = 1e300;

const SEASON_OUTLIERS = SEASON + SEASON_OUTLIER;
const SEASON_JUDGE = JUDGES.indexOf('season');
const ONLY_SEASON = 1 << SEASON_JUDGE;
/** As long as the season is unknown, it counts this much, as if it found nothing unusual. */
const UNSURE = 0.4;
const UNKNOWN = Number.NaN;

/** A class, since methods that each detector has of its own would take as much memory as what it knows. */
class SeriesDetector implements Detector {
  #state: Float64Array;
  /** A bit for each judge: 1 if it counts. A list would take memory in each detector. */
  readonly #counting: number;
  readonly #noticesSilence: boolean;

  /**
   * @param counting a bit for each judge: 1 if it counts
   * @param period the length of the season in seconds; 0 if it is to be found
   * @param warmUp how many values it sees before it scores
   */
  constructor(counting: number, noticesSilence: boolean, period: number, warmUp: number) {
    this.#state = emptyState(period, warmUp);
    this.#counting = counting;
    this.#noticesSilence = noticesSilence;
  }

  next(seconds: number, value: number): Assessment {
    if (!Number.isFinite(value)) return this.silent(seconds);
    const state = this.#state;
    const time = soundTime(state, seconds);
    // What is expected is told as it was before this value: that is what it is judged by.
    const assessment = expectation(state, time);
    if (heard(state, SILENCE, time)) forgetMoment(state);
    state[STARTED] = 1;
    state[SILENCE_SCORE] = 0;
    const bar = barAt(usualInterval(state, SILENCE));
    state[UNUSUAL] = isAlarming(state, EVIDENCE, bar) ? 1 : 0;
    judge(state, time, withinLargest(value));
    const surprise = meanSurprise(state, this.#counting);
    return this.#scored(assessment, scored(state, EVIDENCE, surprise, bar));
  }

  silent(seconds: number): Assessment {
    const state = this.#state;
    const time = soundTime(state, seconds);
    const score = silentFor(state, SILENCE, time);
    // As long as values usually lie apart, what was said of the last one holds.
    if (score > 0) state.fill(0, SURPRISES, SILENCE_SCORE);
    state[SILENCE_SCORE] = score;
    return this.#scored(expectation(state, time), this.#noticesSilence ? score : 0);
  }

  parts(): Readonly<Record<PartName, number>> {
    const state = this.#state;
    const scores = { silence: withinOne(state[SILENCE_SCORE]!) } as Record<PartName, number>;
    const bar = barAt(usualInterval(state, SILENCE));
    JUDGES.forEach((name, i) => {
      scores[name] = withinOne(1 - 10 ** (-state[SURPRISES + i]! / bar));
    });
    return scores;
  }

  save(): Uint8Array {
    return bytesOf(this.#state);
  }

  restore(bytes: Uint8Array): boolean {
    const state = this.#state;
    const period = isFinding(state) ? 0 : state[PERIOD]!;
    const warmUp = warmUpOf(state);
    const restored = stateIn(bytes, state.length, mayBeNaN);
    const fits =
      restored && (period === 0 || restored[PERIOD] === period) && warmUpOf(restored) === warmUp;
    this.#state = fits ? restored : emptyState(period, warmUp);
    return fits === true;
  }

  #scored(assessment: Assessment, score: number): Assessment {
    // The other parts are ready when the level is.
    const isOnlySeason = this.#counting === ONLY_SEASON;
    assessment.warming = !knowsOutliers(this.#state, isOnlySeason ? SEASON_OUTLIERS : LEVEL);
    assessment.score = assessment.warming ? 0 : withinOne(score);
    return assessment;
  }
}

/**
 * @param counting the parts that count
 * @param period the length of the season in seconds; 0 if it is to be found
 * @param warmUp how many values it sees before it scores
 */
export function detectorOf(
  counting: readonly PartName[],
  period: number,
  warmUp: number,
): Detector {
  const bits = JUDGES.reduce((sum, name, i) => sum | (Number(counting.includes(name)) << i), 0);
  return new SeriesDetector(bits, counting.includes('silence'), period, warmUp);
}

/**
 * Returns the mean of what the parts found, in decades.
 * @param counting a bit for each judge: 1 if it counts
 */
function meanSurprise(state: Float64Array, counting: number): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < JUDGES.length; i++) {
    if ((counting & (1 << i)) === 0) continue;
    const isUnsure = i === SEASON_JUDGE && !knowsOutliers(state, SEASON_OUTLIERS);
    sum += state[SURPRISES + i]!;
    count += isUnsure && counting !== ONLY_SEASON ? UNSURE : 1;
  }
  return count > 0 ? sum / count : 0;
}

/** Returns what is expected at a time: what is nearly always there, else by the season if that is known, or the level. */
function expectation(state: Float64Array, seconds: number): Assessment {
  const usual = usualOf(state, CONSTANT);
  if (!Number.isNaN(usual)) return around(usual, halfBandOfConstant(state, CONSTANT));
  const inSeason = knowsOutliers(state, SEASON_OUTLIERS)
    ? expectedInSeason(state, SEASON, seconds, state[PERIOD]!)
    : UNKNOWN;
  if (!Number.isNaN(inSeason)) return around(inSeason, halfBand(state, SEASON_OUTLIERS));
  return around(state[STARTED] === 0 ? UNKNOWN : expectedOf(state, LEVEL), halfBand(state, LEVEL));
}

const around = (expected: number, half: number): Assessment => {
  return { score: 0, expected, low: expected - half, high: expected + half, warming: true };
};

/** Returns a time that can be reckoned with. One that is not finite counts as the last one. */
const soundTime = (state: Float64Array, seconds: number) =>
  Number.isFinite(seconds) ? withinLargest(seconds) : lastHeard(state, SILENCE);

const withinLargest = (value: number) => Math.max(-LARGEST, Math.min(LARGEST, value));

/** What was restored may be anything. */
const withinOne = (score: number): number => (score > 0 ? Math.min(score, 1) : 0);
