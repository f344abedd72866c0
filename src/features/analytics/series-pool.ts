import { createDetector } from '../../analytics/detectors.ts';
import type { Labels } from '../../model.ts';
import { type KnownState, keysOf, seriesKey } from './known-state.ts';
import type { WatchPlan } from './watch-plan.ts';
import { WatchedSeries } from './watched-series.ts';

/**
 * So many series that are not there now are remembered beside those that are, at the limit. After a restart none is
 * there at first. The oldest are forgotten first.
 */
const MOST_REMEMBERED = 2000;
/** For so long is silence noticed, where it is asked for. Seconds. */
const LONGEST_SILENCE = 3600;

/** Makes and ends the series of all watches, as many as there may be. */
export class SeriesPool {
  readonly #limit: number;
  /** What is known of series that are not there now: they had ended, or were there before a restart. */
  readonly #known = new Map<string, KnownState>();
  /** How many there are now. */
  size = 0;
  /** Another number whenever a series has come or gone. */
  version = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get hasRoom(): boolean {
    return this.size < this.#limit;
  }

  get known(): ReadonlyMap<string, KnownState> {
    return this.#known;
  }

  /** Returns a new series, with what is known of it; `undefined` if there is no room. */
  begin(plan: WatchPlan, labels: Labels, statistic: string): WatchedSeries | undefined {
    if (!this.hasRoom) return undefined;
    this.size++;
    this.version++;
    const { detector } = plan;
    const noticesSilence = detector?.parts?.includes('silence') ?? false;
    const series = new WatchedSeries(labels, statistic, createDetector(detector), noticesSilence);
    if (this.#known.size === 0) return series;
    const key = seriesKey(plan, labels, statistic);
    const known = this.#known.get(key);
    this.#known.delete(key);
    this.#trim();
    if (known) series.adopt(known);
    return series;
  }

  /** Ends a series, and remembers what its detector has learned. */
  end(plan: WatchPlan, { labels, statistic, detector, episode, time }: WatchedSeries): void {
    this.size--;
    this.version++;
    const key = seriesKey(plan, labels, statistic);
    this.remember(key, { detector: detector.save(), episode, time });
  }

  /**
   * Takes notice that a series has no value any more.
   * @returns `ended` if it has ended. It goes on for a while if its detector is to notice silence; `unusual` if that
   *   is an anomaly which begins now
   */
  absent(plan: WatchPlan, series: WatchedSeries, time: number): 'ended' | 'unusual' | 'silent' {
    const { absentSince, noticesSilence } = series;
    const isOver = absentSince !== 0 && time - absentSince > LONGEST_SILENCE;
    if (!noticesSilence || isOver) {
      this.end(plan, series);
      return 'ended';
    }
    return series.silent(time, plan.threshold) ? 'unusual' : 'silent';
  }

  /** Takes what is known of a series that may come. The newest counts. */
  remember(key: string, state: KnownState): void {
    const known = this.#known.get(key);
    if (known && known.time > state.time) return;
    this.#known.delete(key);
    this.#known.set(key, state);
    this.#trim();
  }

  /** Forgets all series of a watch. */
  forget(name: string): void {
    const begin = keysOf(name);
    for (const key of this.#known.keys()) if (key.startsWith(begin)) this.#known.delete(key);
  }

  #trim(): void {
    const most = MOST_REMEMBERED + this.#limit - this.size;
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= most) return;
      this.#known.delete(oldest);
    }
  }
}
