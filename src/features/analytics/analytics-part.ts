import type { WatchedSeriesStatus } from '../../analytics/analyses.ts';
import { createDetector } from '../../analytics/detectors.ts';
import { type Labels, messageOf, type Snapshot } from '../../model.ts';
import type { Part, PartHost } from '../../protocol/feature.ts';
import type { QueryPart } from '../promql/query-part.ts';
import { reportAnomalies } from './anomaly-reports.ts';
import type { OfWatch } from './explanation.ts';
import { ExpressionEvaluator } from './expression-evaluator.ts';
import { ExpressionWatch } from './expression-watch.ts';
import { historyCalls } from './history-calls.ts';
import { KeptDetectors } from './kept-detectors.ts';
import { readWatches, writeWatches } from './kept-watches.ts';
import { type KeptDetector, type KnownSeries, seriesKey } from './known-state.ts';
import { MetricWatch } from './metric-watch.ts';
import type { AnalyticsConfig } from './options.ts';
import { RunIntervals } from './run-intervals.ts';
import type { RunningWatch } from './running-watch.ts';
import { ScoreFamilies } from './score-families.ts';
import { SeriesPool } from './series-pool.ts';
import { WatchFamilies } from './watch-families.ts';
import type { WatchPlan } from './watch-plan.ts';
import type { WatchedSeries } from './watched-series.ts';

/** What detectors know is written so often where there is no storage for it, since it is much. Seconds. */
const KEEPING_INTERVAL = 60;
const NO_LABELS: Labels = {};

/** Watches series beside the collector, and tells of anomalies. */
export class AnalyticsPart implements Part {
  readonly #host: PartHost;
  readonly #config: AnalyticsConfig;
  readonly #hasHistory: boolean;
  readonly #query: QueryPart | undefined;
  readonly #pool: SeriesPool;
  readonly #watches = new Map<string, MetricWatch | ExpressionWatch>();
  /** What the logger was told of each watch last. */
  readonly #told = new Map<string, string>();
  readonly #intervals = new RunIntervals();
  readonly #scores = new ScoreFamilies();
  readonly #own = new WatchFamilies();
  #constants = NO_LABELS;
  readonly #evaluator: ExpressionEvaluator | undefined;
  readonly #detectors: KeptDetectors;
  #isClosed = false;
  #kept = '';
  #keptAt = -Infinity;
  readonly calls: NonNullable<Part['calls']>;
  readonly keeps = { write: () => this.#write(), restore: (state: string) => this.#restore(state) };

  constructor(host: PartHost, config: AnalyticsConfig) {
    this.#host = host;
    this.#config = config;
    this.#hasHistory = host.part('history') !== undefined;
    this.#query = host.part<QueryPart>('promql');
    this.#pool = new SeriesPool(config.seriesLimit);
    this.calls = {
      watch: (plan: WatchPlan) => this.#watch(plan),
      stop: (name: string) => this.#stop(name),
      series: (name: string) => this.#series(name),
      ...historyCalls(host, this.#intervals),
    };
    this.#evaluator =
      this.#query &&
      new ExpressionEvaluator(
        this.#query,
        (watch) => !this.#isClosed && this.#watches.get(watch.plan.name) === watch,
        (watch, elements, time) => {
          const begun = watch.take(elements, time, this.#constants);
          this.#report(watch, begun, time);
        },
        (watch) => this.#tellTroubles(watch),
      );
    this.#detectors = new KeptDetectors(
      host,
      () => this.#known(),
      (states) => this.#takeOver(states),
    );
  }

  sampled({ timestamp, families }: Snapshot): void {
    this.#learnConstants(families[0]?.labels);
    const seconds = this.#intervals.next(timestamp, this.#host.clock.elapsed());
    if (this.#watches.size > 0) this.#look(timestamp, seconds, families);
    this.#detectors.sampled();
  }

  #look(time: number, seconds: number | undefined, families: Snapshot['families']): void {
    const byName = new Map(families.map((family) => [family.name, family]));
    const begun: OfWatch[] = [];
    const expressions: ExpressionWatch[] = [];
    for (const watch of this.#watches.values()) {
      if (watch instanceof ExpressionWatch) {
        expressions.push(watch);
        continue;
      }
      const found = watch.look(byName.get(watch.metric), time, seconds);
      for (const series of found) begun.push({ watch, series });
      this.#tellTroubles(watch);
    }
    reportAnomalies(this.#host, begun, this.#watches.values(), time);
    this.#evaluator?.evaluate(expressions, time);
  }

  adds() {
    const { version } = this.#pool;
    const watches = [...this.#watches.values()];
    const scores = this.#scores.families(watches, version, this.#constants);
    return [...scores, ...this.#own.families(watches, this.#constants)];
  }

  async flush(): Promise<void> {
    this.#keptAt = -Infinity;
    await this.#detectors.flush();
  }

  async save(): Promise<void> {
    await this.#detectors.save();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#detectors.close();
  }

  /** @throws Error if it cannot be watched */
  #watch(plan: WatchPlan): void {
    const { name, target, detector } = plan;
    const known = this.#watches.get(name);
    // The application calls again if it does not know whether a call has arrived.
    if (known && JSON.stringify(known.plan) === JSON.stringify(plan)) return;
    try {
      createDetector(detector);
      if ('expr' in target) this.#checkExpression(target.expr);
    } catch (error) {
      this.#host.fail('watch', `the watch "${name}" cannot begin: ${messageOf(error)}`);
      throw error;
    }
    if (known) this.#stop(name);
    this.#begin(plan);
  }

  #begin(plan: WatchPlan): void {
    const { name, target } = plan;
    const watch =
      'expr' in target
        ? new ExpressionWatch(plan, target.expr, this.#pool)
        : new MetricWatch(plan, target.metric, target.labels, this.#pool);
    this.#watches.set(name, watch);
    this.#keptAt = -Infinity;
  }

  #checkExpression(expr: string): void {
    if (!this.#hasHistory || !this.#query) {
      throw new Error(
        'an expression needs `use: [history(), promql(), analytics()]`, in this order',
      );
    }
    this.#query.language.checked(expr);
  }

  #stop(name: string): void {
    this.#watches.get(name)?.end();
    this.#watches.delete(name);
    this.#told.delete(name);
    this.#pool.forget(name);
    this.#keptAt = -Infinity;
  }

  /** @throws Error if it cannot be watched */
  #series(name: string): WatchedSeriesStatus[] {
    const watch = this.#watches.get(name);
    if (watch?.error) throw new Error(`the watch "${name}" sees nothing: ${watch.error}`);
    return [...(watch?.series ?? [])].map(({ status }) => status);
  }

  #report(watch: RunningWatch, begun: readonly WatchedSeries[], time: number): void {
    const found = begun.map((series) => ({ watch, series }));
    reportAnomalies(this.#host, found, this.#watches.values(), time);
    this.#tellTroubles(watch);
  }

  /** Counts a trouble of a watch, and tells the logger of it, once until there is another one. */
  #tellTroubles({ plan: { name }, error, refused }: RunningWatch): void {
    const limit = `there are detectors for ${this.#config.seriesLimit} series at most, see \`seriesLimit\` of analytics()`;
    const trouble = error ?? (refused > 0 ? `some series are not watched: ${limit}` : undefined);
    if (trouble === undefined || this.#told.get(name) === trouble) return;
    this.#told.set(name, trouble);
    this.#host.fail('watch', `the watch "${name}": ${trouble}`);
  }

  /** The object stays the same as long as the labels do. */
  #learnConstants(labels: Labels = NO_LABELS): void {
    if (JSON.stringify(labels) !== JSON.stringify(this.#constants)) this.#constants = labels;
  }

  /** All of which something is known, the series that are there now first. */
  *#known(): Generator<KeptDetector> {
    for (const { plan, series } of this.#watches.values()) {
      for (const one of series) {
        const { labels, statistic } = one;
        yield [
          seriesKey(plan, labels, statistic),
          () => ({ time: one.time, episode: one.episode, detector: one.detector.save() }),
        ];
      }
    }
    for (const [key, state] of [...this.#pool.known].reverse()) yield [key, () => state];
  }

  /** Takes what an earlier part has learned. Some series may be there by now. */
  #takeOver(states: readonly KnownSeries[]): void {
    const here = new Map<string, WatchedSeries>();
    for (const { plan, series } of this.#watches.values()) {
      for (const one of series) here.set(seriesKey(plan, one.labels, one.statistic), one);
    }
    for (const [key, state] of states) {
      const series = here.get(key);
      if (series) series.adopt(state);
      else this.#pool.remember(key, state);
    }
  }

  #write(): string {
    const { life } = this.#config;
    const watches = this.#watches.values();
    const { isOpen, owners } = this.#detectors;
    // What detectors know is in storage. A worker that comes after this one must know that this one is gone.
    if (isOpen) return writeWatches(life, watches, [], owners);
    const now = this.#host.clock.elapsed();
    if (now - this.#keptAt >= KEEPING_INTERVAL) {
      this.#keptAt = now;
      this.#kept = writeWatches(life, watches, this.#known(), owners);
    }
    return this.#kept;
  }

  #restore(state: string): void {
    const { life, watches, states, owners } = readWatches(state);
    this.#takeOver(states);
    if (owners.length > 0) this.#detectors.takeOver(owners);
    // What an earlier life of the application has watched, this one may not want to.
    if (life !== this.#config.life) return;
    for (const plan of watches) {
      try {
        if (!this.#watches.has(plan.name)) this.#watch(plan);
      } catch {
        // The logger was told why. The others go on.
      }
    }
  }
}
