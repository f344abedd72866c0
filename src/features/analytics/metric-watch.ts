import type { Labels, MetricFamily, SeriesLabels } from '../../model.ts';
import { type Meter, type Metering, meteringOf } from './meters.ts';
import type { RunningWatch } from './running-watch.ts';
import type { SeriesPool } from './series-pool.ts';
import { SCORED_WATCH_LABEL } from './shown-labels.ts';
import type { WatchPlan } from './watch-plan.ts';
import type { WatchedSeries } from './watched-series.ts';

/** A series of the metric, with what is watched of it. */
interface Entry {
  readonly key: string;
  meter: Meter;
  readonly watched: readonly WatchedSeries[];
}

/** Watches the series of a metric, as each collection run finds them. */
export class MetricWatch implements RunningWatch {
  readonly plan: WatchPlan;
  readonly metric: string;
  readonly #only: Labels | undefined;
  readonly #pool: SeriesPool;
  #metering: Metering | undefined;
  /** What the metering depends on. */
  #form = '';
  /** The list of series of the last run, and an entry for each. Absent are those that are not watched. */
  #items: readonly SeriesLabels[] = [];
  #entries: readonly (Entry | undefined)[] = [];
  readonly #byKey = new Map<string, Entry>();
  /** Those that are not there now, and whose silence is noticed. */
  #absent = new Map<string, Entry>();
  unit = '';
  refused = 0;
  anomalies = 0;
  readonly failures = 0;
  error: string | undefined;

  constructor(plan: WatchPlan, metric: string, only: Labels | undefined, pool: SeriesPool) {
    this.plan = plan;
    this.metric = metric;
    this.#only = only;
    this.#pool = pool;
  }

  get series(): Iterable<WatchedSeries> {
    return [...this.#byKey.values()].flatMap(({ watched }) => watched);
  }

  get size(): number {
    return this.#byKey.size * (this.#metering?.statistics.length ?? 0);
  }

  /**
   * Takes the values of a run.
   * @param family `undefined` if there is no such metric now
   * @param seconds since the run before; `undefined` if that does not count
   * @returns the series in which an anomaly begins
   */
  look(
    family: MetricFamily | undefined,
    time: number,
    seconds: number | undefined,
  ): WatchedSeries[] {
    const begun: WatchedSeries[] = [];
    if (family) this.#read(family, time, seconds, begun);
    else if (this.#items.length > 0) this.#match([], time, begun);
    else this.#passOver(time, begun);
    return begun;
  }

  end(): void {
    for (const one of this.series) this.#pool.end(this.plan, one);
    this.#byKey.clear();
    this.#absent.clear();
    this.#items = this.#entries = [];
    this.refused = 0;
  }

  #read(
    family: MetricFamily,
    time: number,
    seconds: number | undefined,
    begun: WatchedSeries[],
  ): void {
    this.#prepare(family);
    const metering = this.#metering;
    if (!metering) return;
    const isTriedAgain = this.refused > 0 && this.#pool.hasRoom;
    if (family.series !== this.#items || isTriedAgain) this.#match(family.series, time, begun);
    else this.#passOver(time, begun);
    const { threshold } = this.plan;
    const { values, least } = metering;
    const entries = this.#entries;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i];
      if (!entry) continue;
      entry.meter(family, i, seconds);
      const { watched } = entry;
      for (let k = 0; k < watched.length; k++) {
        if (watched[k]!.next(time, values[k]!, threshold, least[k]!)) begun.push(watched[k]!);
      }
    }
  }

  /** Finds out what is watched of a series, unless that is known. The metric may have become another one. */
  #prepare(family: MetricFamily): void {
    const { type, data, unit } = family;
    this.unit = unit;
    const quantiles = data === 'quantiles' ? family.quantiles.join() : '';
    const form = `${type} ${data} ${quantiles}`;
    if (form === this.#form) return;
    this.end();
    this.#form = form;
    this.#metering = meteringOf(family, this.plan.quantiles);
    this.error = this.#metering
      ? undefined
      : `"${family.name}" has no numbers that could be watched: its type is ${type}`;
  }

  #match(items: readonly SeriesLabels[], time: number, begun: WatchedSeries[]): void {
    const before = new Map(this.#items.map((item, i) => [item, this.#entries[i]]));
    const keys = items.map((item) => {
      if (this.#only && !isSeries(item, this.#only)) return undefined;
      if (isScoreOfScore(item)) return undefined;
      return before.get(item)?.key ?? keyOf(item);
    });
    const wereAbsent = new Set(this.#absent.keys());
    this.#absent = new Map(this.#byKey);
    for (const key of keys) if (key !== undefined) this.#absent.delete(key);
    // Those that have gone make room for others.
    this.#passOver(time, begun);
    this.refused = 0;
    this.#entries = items.map((item, i) => {
      const key = keys[i];
      if (key === undefined) return undefined;
      return before.get(item) ?? this.#again(key, wereAbsent) ?? this.#open(item, key);
    });
    this.#items = items;
  }

  /** Takes notice that some series are not there. */
  #passOver(time: number, begun: WatchedSeries[]): void {
    for (const [key, { watched }] of this.#absent) {
      for (const one of watched) {
        const state = this.#pool.absent(this.plan, one, time);
        if (state === 'unusual') begun.push(one);
        // All that is watched of a series ends together.
        if (state !== 'ended') continue;
        this.#absent.delete(key);
        this.#byKey.delete(key);
      }
    }
  }

  /** Returns a series that is known. If it was not there in the last run, what its meter has read before does not count. */
  #again(key: string, wereAbsent: ReadonlySet<string>): Entry | undefined {
    const entry = this.#byKey.get(key);
    if (entry && wereAbsent.has(key)) entry.meter = this.#metering!.open();
    return entry;
  }

  #open({ labelNames, labelValues }: SeriesLabels, key: string): Entry | undefined {
    const { statistics, open } = this.#metering!;
    const labels = Object.fromEntries(labelNames.map((name, i) => [name, labelValues[i]!]));
    const watched: WatchedSeries[] = [];
    for (const statistic of statistics) {
      const one = this.#pool.begin(this.plan, labels, statistic);
      if (one) watched.push(one);
    }
    if (watched.length < statistics.length) {
      for (const one of watched) this.#pool.end(this.plan, one);
      this.refused++;
      return undefined;
    }
    const entry = { key, meter: open(), watched };
    this.#byKey.set(key, entry);
    return entry;
  }
}

/** An empty label is one that is not there. */
const keyOf = ({ labelNames, labelValues }: SeriesLabels) =>
  JSON.stringify(
    labelNames.flatMap((name, i) => (labelValues[i] === '' ? [] : [[name, labelValues[i]]])),
  );

function isSeries({ labelNames, labelValues }: SeriesLabels, labels: Labels): boolean {
  return labelNames.every((name, i) => labels[name] === labelValues[i]);
}

function isScoreOfScore({ labelNames, labelValues }: SeriesLabels): boolean {
  return Boolean(labelValues[labelNames.indexOf(SCORED_WATCH_LABEL)]);
}
