import type { WatchedSeriesStatus } from '../../analytics/analyses.ts';
import type { Assessment, Detector } from '../../analytics/detectors.ts';
import type { Labels } from '../../model.ts';
import type { Episode, KnownState } from './known-state.ts';
import { withStatistic } from './shown-labels.ts';

/** An anomaly is over when so many values in a row were none. Until then it is not told again. */
const CALM = 5;

/** A series that is watched, with its detector. */
export class WatchedSeries {
  /** Those of what is watched, and what of it. */
  readonly labels: Labels;
  /** `rate`, `p99` and the like; empty if it is the series itself. */
  readonly statistic: string;
  readonly detector: Detector;
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

  constructor(labels: Labels, statistic: string, detector: Detector) {
    this.labels = labels;
    this.statistic = statistic;
    this.detector = detector;
  }

  /** Takes the next value. Returns whether an anomaly has begun with it. */
  next(time: number, value: number, threshold: number): boolean {
    this.absentSince = 0;
    // There was none: what was said of the last one still holds.
    if (Number.isNaN(value)) return false;
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

  get isOutside(): boolean {
    return this.#outside !== 0;
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

  #assessed({ score, expected, low, high, warming }: Assessment, threshold: number): boolean {
    this.score = score;
    this.expected = expected;
    this.low = low;
    this.high = high;
    this.warming = warming;
    const isInside = !warming && this.value >= low && this.value <= high;
    if (warming || isInside) this.#outside = 0;
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
