import type { BoundGauge, Gauge } from '../kinds/gauge/recording.ts';
import { jsonText } from '../platform/realm.ts';
import { monotonic } from '../platform/timers.ts';

/** What a callback gave for one series: in this window, in the one before, and last of all. */
interface Peak {
  recent: number;
  earlier: number;
  last: number;
  /** When this window began. Seconds. */
  begun: number;
  /** When we last set the series. If its time is another, the callback has set it since. */
  written: number;
}

/**
 * Shows the peaks of gauges that combine by the largest or the smallest value. There are several readers
 * (runs, snapshots, two scrapers), and a callback that resets what it reads would give its peak to the
 * first of them only. So what it gave is shown for one window at least, and for two at most.
 */
export class GaugePeaks {
  readonly #gauges = new WeakMap<Gauge, Map<string, Peak>>();
  readonly #now: () => number;

  constructor(now: () => number = monotonic) {
    this.#now = now;
  }

  /**
   * To be called before the callback. Forgets the peaks of series that the application has reset or
   * removed.
   */
  forget(gauge: Gauge): void {
    const peaks = this.#gauges.get(gauge);
    if (!peaks) return;
    const left = new Set(peaks.keys());
    eachSeries(gauge, (key, { time }) => time > 0 && left.delete(key));
    for (const key of left) peaks.delete(key);
  }

  /**
   * Sets the only series in one step, so that no reader ever finds a smaller peak than the one to be shown.
   */
  set(gauge: Gauge, value: number): void {
    if (!gauge.keepFor || gauge.single.address < 0) {
      gauge.set(value);
      return;
    }
    const peak = this.#peak(gauge, '[]');
    gauge.set(this.#add(gauge, peak, value));
    peak.written = gauge.single.time;
  }

  /** To be called after a callback that has set its series itself, or has set none. */
  keep(gauge: Gauge): void {
    if (!gauge.keepFor) return;
    const gone = new Set(this.#gauges.get(gauge)?.keys());
    eachSeries(gauge, (key, series) => {
      gone.delete(key);
      if (series.time === 0) return;
      const peak = this.#peak(gauge, key);
      const isNew = series.time !== peak.written;
      const shown = this.#add(gauge, peak, isNew ? series.value : undefined);
      if (shown !== series.value) series.write(shown);
      peak.written = series.time;
    });
    for (const key of gone) this.#gauges.get(gauge)?.delete(key);
  }

  #peak(gauge: Gauge, key: string): Peak {
    const peaks = this.#gauges.get(gauge) ?? new Map<string, Peak>();
    this.#gauges.set(gauge, peaks);
    const none = least(gauge);
    const peak = peaks.get(key) ?? {
      recent: none,
      earlier: none,
      last: none,
      begun: this.#now(),
      written: 0,
    };
    peaks.set(key, peak);
    return peak;
  }

  /** @returns the value to show */
  #add(gauge: Gauge, peak: Peak, value: number | undefined): number {
    const most = gauge.combine === 'min' ? Math.min : Math.max;
    const none = least(gauge);
    const windows = (this.#now() - peak.begun) / gauge.keepFor;
    if (windows >= 1) {
      peak.earlier = windows < 2 ? peak.recent : none;
      peak.recent = none;
      peak.begun = this.#now();
    }
    if (value !== undefined) {
      peak.last = value;
      // NaN is shown, but is not kept as a peak.
      if (!Number.isNaN(value)) peak.recent = most(peak.recent, value);
    }
    return most(peak.recent, peak.earlier, peak.last);
  }
}

const least = ({ combine }: Gauge) => (combine === 'min' ? Infinity : -Infinity);

function eachSeries(gauge: Gauge, visit: (key: string, series: BoundGauge) => unknown): void {
  gauge.each((series, values, overflow) => {
    // The overflow series holds many label sets, and none of them has a peak of its own.
    if (!overflow) visit(jsonText(values), gauge.at(series));
  });
}
