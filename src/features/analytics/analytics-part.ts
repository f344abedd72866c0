import type { ChangesOptions, WatchedSeriesStatus } from '../../analytics/analyses.ts';
import { createDetector } from '../../analytics/detectors.ts';
import { type AnomalyReport, type Labels, messageOf, type Snapshot } from '../../model.ts';
import type { Part, PartHost } from '../../protocol/feature.ts';
import type { HistoryPart } from '../history/history-part.ts';
import type { QueryPart } from '../promql/query-part.ts';
import { changes } from './changes.ts';
import { correlate } from './correlate.ts';
import { describe } from './describe.ts';
import { explanation, movedSeries, type OfWatch } from './explanation.ts';
import { ExpressionWatch } from './expression-watch.ts';
import { readWatches, writeWatches } from './kept-watches.ts';
import { MetricWatch } from './metric-watch.ts';
import type { AnalyticsConfig } from './options.ts';
import { RunIntervals } from './run-intervals.ts';
import type { RunningWatch } from './running-watch.ts';
import { ScoreFamilies } from './score-families.ts';
import { SeriesPool } from './series-pool.ts';
import type { TargetPlan } from './target.ts';
import { type SampleSources, type TargetSeries, targetSamples } from './target-samples.ts';
import { WatchFamilies } from './watch-families.ts';
import type { WatchPlan } from './watch-plan.ts';

/** The hook is told of so many anomalies of a run at most. All are counted. */
const MOST_TOLD = 50;
/** What detectors know is written so often, since it is much. Seconds. */
const KEEPING_INTERVAL = 60;
/** So many expressions are evaluated at a time, so that a slow one does not hold up the others. */
const EVALUATED_AT_ONCE = 4;
const NO_LABELS: Labels = {};

/** Watches series beside the collector, and tells of anomalies. */
export class AnalyticsPart implements Part {
  readonly #host: PartHost;
  readonly #config: AnalyticsConfig;
  readonly #history: HistoryPart | undefined;
  readonly #query: QueryPart | undefined;
  readonly #pool: SeriesPool;
  readonly #watches = new Map<string, MetricWatch | ExpressionWatch>();
  /** What the logger was told of each watch last. */
  readonly #told = new Map<string, string>();
  readonly #intervals = new RunIntervals();
  readonly #scores = new ScoreFamilies();
  readonly #own = new WatchFamilies();
  #constants = NO_LABELS;
  /** Expressions that wait for their evaluation, and those that are evaluated now. */
  readonly #due = new Set<ExpressionWatch>();
  readonly #evaluating = new Set<ExpressionWatch>();
  /** When the last run was. */
  #runTime = 0;
  #isClosed = false;
  #kept = '';
  #keptAt = -Infinity;
  readonly calls = {
    watch: (plan: WatchPlan) => this.#watch(plan),
    stop: (name: string) => this.#stop(name),
    series: (name: string) => this.#series(name),
    describe: async (target: TargetPlan, over: number) => describe(await this.#read(target, over)),
    correlate: async (one: TargetPlan, other: TargetPlan, over: number, maxLag: number) =>
      correlate(await this.#read(one, over), await this.#read(other, over), maxLag),
    changes: async (options: ChangesOptions) =>
      changes(this.#sources().history, options, this.#host.clock.now()),
  };
  readonly keeps = { write: () => this.#write(), restore: (state: string) => this.#restore(state) };

  constructor(host: PartHost, config: AnalyticsConfig) {
    this.#host = host;
    this.#config = config;
    this.#history = host.part<HistoryPart>('history');
    this.#query = host.part<QueryPart>('promql');
    this.#pool = new SeriesPool(config.seriesLimit);
  }

  sampled({ timestamp, families }: Snapshot): void {
    this.#learnConstants(families[0]?.labels);
    const seconds = this.#intervals.next(timestamp, this.#host.clock.elapsed());
    if (this.#watches.size === 0) return;
    const byName = new Map(families.map((family) => [family.name, family]));
    const begun: OfWatch[] = [];
    for (const watch of this.#watches.values()) {
      if (!(watch instanceof MetricWatch)) continue;
      const found = watch.look(byName.get(watch.metric), timestamp, seconds);
      for (const series of found) begun.push({ watch, series });
      this.#tellTroubles(watch);
    }
    this.#report(begun, timestamp);
    this.#evaluate(timestamp);
  }

  adds() {
    const { version } = this.#pool;
    const watches = [...this.#watches.values()];
    const scores = this.#scores.families(watches, version, this.#constants);
    return [...scores, ...this.#own.families(watches, this.#constants)];
  }

  async flush(): Promise<void> {
    this.#keptAt = -Infinity;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
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
    if (!this.#history || !this.#query) {
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

  #read(target: TargetPlan, over: number): Promise<TargetSeries[]> {
    const now = this.#host.clock.now();
    return targetSamples(this.#sources(), target, now - over, now);
  }

  /** @throws Error if there is no history */
  #sources(): SampleSources {
    const [history, query] = [this.#history, this.#query];
    if (!history) throw new Error('this needs history() before analytics() in `use`');
    return { history, query, interval: this.#intervals.last };
  }

  /** Evaluates all expressions, a few at a time. One that takes longer than the interval of runs leaves runs out. */
  #evaluate(time: number): void {
    this.#runTime = time;
    for (const watch of this.#watches.values()) {
      if (watch instanceof ExpressionWatch && !this.#evaluating.has(watch)) this.#due.add(watch);
    }
    while (this.#due.size > 0 && this.#evaluating.size < EVALUATED_AT_ONCE) {
      void this.#evaluateDue();
    }
  }

  /** Evaluates what is due, one expression after the other, until nothing is. */
  async #evaluateDue(): Promise<void> {
    for (const watch of this.#due) {
      this.#due.delete(watch);
      if (!this.#goesOn(watch)) continue;
      this.#evaluating.add(watch);
      await this.#evaluated(watch, this.#runTime).finally(() => this.#evaluating.delete(watch));
    }
  }

  /** Whether it has not ended meanwhile. */
  #goesOn(watch: RunningWatch): boolean {
    return !this.#isClosed && this.#watches.get(watch.plan.name) === watch;
  }

  async #evaluated(watch: ExpressionWatch, time: number): Promise<void> {
    try {
      const { elements } = await this.#query!.engine.vector(watch.expr, { time });
      if (!this.#goesOn(watch)) return;
      const begun = watch.take(elements, time, this.#constants);
      this.#report(
        begun.map((series) => ({ watch, series })),
        time,
      );
    } catch (error) {
      if (!this.#goesOn(watch)) return;
      // The series stay as they are: that nothing is known of them is no anomaly.
      watch.error = messageOf(error);
      watch.failures++;
    }
    this.#tellTroubles(watch);
  }

  #report(begun: readonly OfWatch[], time: number): void {
    if (begun.length === 0) return;
    const moved = movedSeries(this.#watches.values(), time);
    for (const { watch } of begun) watch.anomalies++;
    for (const one of begun.slice(0, MOST_TOLD)) {
      const { score, expected, low, high, value, since, fullLabels: labels } = one.series;
      const watch = one.watch.plan.name;
      const text = explanation(one, moved);
      const report: AnomalyReport = {
        ...{ watch, labels, score, expected, low, high, value, since, text },
      };
      this.#host.hook('anomaly', report);
      this.#host.event('anomaly', report, { watch });
    }
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

  #write(): string {
    const now = this.#host.clock.elapsed();
    if (now - this.#keptAt >= KEEPING_INTERVAL) {
      this.#keptAt = now;
      this.#kept = writeWatches(this.#config.life, this.#watches.values(), this.#pool.known);
    }
    return this.#kept;
  }

  #restore(state: string): void {
    const { life, watches, states } = readWatches(state);
    for (const [key, known] of states) this.#pool.remember(key, known);
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
