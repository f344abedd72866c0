/** Shows what the worker watches, what is usual of it, and what was not. */
import type { AnomalyReport, TelemetryCollector } from 'utilityfog-telemetry';
import type { Watch } from 'utilityfog-telemetry/analytics';
import type { View } from '../tabs.ts';
import { Sentences } from './sentences.ts';
import { WatchChart } from './watch-chart.ts';
import { SPAN, watchHistories } from './watch-history.ts';
import { WARM_UP, WATCHED } from './watched.ts';

/** A rate needs two values. */
const FIRST_RATE = 2;
const CALM = 'Nothing unusual. Strike a branch to change that.';
/** As many events as the collector holds. */
const EVENTS = 1000;

type Anomaly = Pick<AnomalyReport, 'watch' | 'since'>;

export class AnomaliesView implements View {
  readonly #collector: TelemetryCollector;
  readonly #panel: HTMLElement;
  readonly #unseen: HTMLElement;
  readonly #state = document.createElement('p');
  readonly #sentences = new Sentences();
  readonly #charts: ReadonlyMap<string, WatchChart>;
  readonly #watches: readonly Watch[];
  #anomalies: Anomaly[] = [];
  #runs = 0;
  #unseenCount = 0;

  /** @param unseen shows at the tab how many anomalies nobody has looked at */
  constructor(collector: TelemetryCollector, panel: HTMLElement, unseen: HTMLElement) {
    this.#collector = collector;
    this.#panel = panel;
    this.#unseen = unseen;
    this.#state.className = 'watch-state';
    const newest = document.createElement('div');
    newest.className = 'newest';
    newest.append(this.#state, this.#sentences.log);
    this.#charts = new Map(WATCHED.map(({ name }) => [name, new WatchChart(name)]));
    const charts = document.createElement('div');
    charts.className = 'watches';
    charts.append(...[...this.#charts.values()].map(({ element }) => element));
    // What is added lies below the charts, so that these stay where they are.
    panel.append(newest, charts, this.#sentences.details);
    this.#watches = WATCHED.map(({ name, expr }) =>
      collector.watch(expr, { name, detector: { warmUp: WARM_UP } }),
    );
    collector.addHook('anomaly', (report) => this.#found(report));
    collector.addHook('collection', () => {
      this.#runs += 1;
    });
  }

  /** Shows what was found before the page was loaded again. To be called once collection has begun. */
  async recall(): Promise<void> {
    for (const { name, value } of await this.#collector.getEvents(EVENTS)) {
      if (name === 'anomaly') this.#add(value as AnomalyReport);
    }
  }

  async update(): Promise<void> {
    this.#showUnseen(0);
    const end = Math.floor(Date.now() / 1000);
    const [histories] = await Promise.all([
      watchHistories(this.#collector, end),
      this.#showState(),
    ]);
    this.#anomalies = this.#anomalies.filter(({ since }) => since > end - SPAN);
    for (const [name, history] of histories) {
      const own = this.#anomalies.filter(({ watch }) => watch === name);
      this.#charts.get(name)!.show(
        history,
        own.map(({ since }) => end - since),
      );
    }
  }

  /** To be called after a change of theme. */
  redraw(): void {
    for (const chart of this.#charts.values()) chart.redraw();
  }

  #found(report: AnomalyReport): void {
    this.#add(report);
    if (this.#panel.hidden) this.#showUnseen(this.#unseenCount + 1);
  }

  #add(report: AnomalyReport): void {
    this.#anomalies.push(report);
    this.#sentences.add(report);
  }

  /** Says for how long the detectors still learn, and then that there is nothing, as long as there is nothing. */
  async #showState(): Promise<void> {
    const watched = await Promise.all(this.#watches.map((watch) => watch.series()));
    const series = watched.flat();
    // A rate that there is none of now, since runs come late, has been learned all the same.
    const areWarm = series.length > 0 && series.every(({ warming }) => !warming);
    const left = Math.max(1, WARM_UP + FIRST_RATE - this.#runs);
    const text = areWarm
      ? CALM
      : `The detectors learn what is usual. That takes ${left} s more at most.`;
    this.#state.hidden = areWarm && !this.#sentences.isEmpty;
    if (this.#state.textContent !== text) this.#state.textContent = text;
  }

  #showUnseen(count: number): void {
    this.#unseenCount = count;
    this.#unseen.hidden = count === 0;
    this.#unseen.textContent = String(count);
    this.#unseen.ariaLabel = `${count} not looked at`;
  }
}
