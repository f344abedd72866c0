import type { WatchedSeriesStatus } from '../../analytics/analyses.ts';
import type { Assessment, Detector } from '../../analytics/detectors.ts';
import type { Labels } from '../../model.ts';
import type { Episode, KnownState } from './known-state.ts';
import { withStatistic } from './shown-labels.ts';

/** An anomaly is over when so many values in a row were none. Until then it is not told again. */
const CALM = 5;

/** From that score of its silence on, about twice the longest gap lately, a series is taken to have no value any more. */
const SILENT = 0.2;

/** A series that is watched, with its detector. */
export class WatchedSeries {
  /** Those of what is watched, and what of it. */
  readonly labels: Labels;
  /** `rate`, `p99` and the like; empty if it is the series itself. */
  readonly statistic: string;
  readonly detector: Detector;
  /** Whether it is an anomaly that there is no value any more. */
  readonly noticesSilence: boolean;
  /** When the last value came: seconds since 1970. */
  time = 0;
  value = Number.NaN;
  score = 0;
  expected = Number.NaN;
  low = Number.NaN;
  high = Number.NaN;
  warming = true;
  /** Since when values have been outside of the band; 0 if the last one is not. */
  #outside = 0;
  #since = 0;
  #calm = 0;
  /** When the last value came of which an earlier detector knew, if this one goes on with what that knew. */
  #adopted = -Infinity;
  /** Since when there is none; 0 while there is. */
  absentSince = 0;
  /** No value is smaller, as its kind says. */
  #least = -Infinity;

  constructor(labels: Labels, statistic: string, detector: Detector, noticesSilence: boolean) {
    this.labels = labels;
    this.statistic = statistic;
    this.detector = detector;
    this.noticesSilence = noticesSilence;
  }

  /**
   * Takes the next value, which is NaN if there is none this time.
   * @param least no value can be smaller
   * @returns whether an anomaly has begun with it
   */
  next(time: number, value: number, threshold: number, least = -Infinity): boolean {
    this.absentSince = 0;
    this.#least = least;
    if (Number.isNaN(value)) return this.#missing(time, threshold);
    this.time = time;
    this.value = value;
    return this.#assessed(this.detector.next(time, value), threshold);
  }

  /** Takes notice that there is no value any more. Returns whether that is an anomaly which begins now. */
  silent(time: number, threshold: number): boolean {
    // A clock that was set back begins to count anew.
    this.absentSince = Math.min(this.absentSince || time, time);
    this.value = Number.NaN;
    this.time = time;
    return this.#assessed(this.detector.silent(time), threshold);
  }

  /**
   * Goes on with what was known of the series, unless it has learned by now what is usual. Of several that are known
   * the newest counts.
   */
  adopt({ detector, episode, time }: KnownState): void {
    if (!this.warming || time < this.#adopted) return;
    const own = this.detector.save();
    if (!this.detector.restore(detector)) {
      // It is of other options, say, and what was learned since the start is still worth something.
      this.detector.restore(own);
      return;
    }
    this.#adopted = time;
    this.time ||= time;
    this.#since = episode.since;
    this.#calm = episode.calm;
  }

  /** Since when values have not been usual. */
  get since(): number {
    return this.#since;
  }

  get episode(): Episode {
    return { since: this.#since, calm: this.#calm };
  }

  get status(): WatchedSeriesStatus {
    const { value, score, expected, low, high, warming, detector } = this;
    const parts = { ...detector.parts() };
    return { labels: this.fullLabels, value, score, expected, low, high, warming, parts };
  }

  get fullLabels(): Labels {
    return withStatistic(this.labels, this.statistic);
  }

  /** What was said of the last value holds for about as long as values usually lie apart, and no longer. */
  #missing(time: number, threshold: number): boolean {
    const assessment = this.detector.silent(time);
    if (this.detector.parts().silence < SILENT) return false;
    if (!this.noticesSilence) assessment.score = 0;
    this.value = Number.NaN;
    this.time = time;
    return this.#assessed(assessment, threshold);
  }

  #assessed({ score, expected, low, high, warming }: Assessment, threshold: number): boolean {
    this.score = score;
    this.expected = Math.max(this.#least, expected);
    this.low = Math.max(this.#least, low);
    this.high = Math.max(this.#least, high);
    this.warming = warming;
    const isInside = this.value >= low && this.value <= high;
    const isMissing = Number.isNaN(this.value) && !this.noticesSilence;
    if (warming || isInside || isMissing) this.#outside = 0;
    else this.#outside ||= this.time;
    if (score < threshold) {
      if (this.#since !== 0 && ++this.#calm >= CALM) this.#since = 0;
      return false;
    }
    this.#calm = 0;
    if (this.#since !== 0) return false;
    this.#since = this.#outside || this.time;
    return true;
  }
}
