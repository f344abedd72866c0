/** Shows how the library is doing here, and whether its numbers agree with the simulation's own. */
import type { CollectionRun, JsonSnapshot, TelemetryCollector } from 'utilityfog-telemetry';
import { type ExpectedSeries, expectedSeries, seriesKey } from './audit.ts';
import { integer, milliseconds } from './numbers.ts';
import type { Simulation } from './simulation.ts';
import { samples, seriesCount, total } from './snapshot-reader.ts';

const LINKS = {
  shared: 'shared memory',
  message: 'messages',
  inline: 'inline, without a worker',
};
const RUN = 'telemetry_collection_duration_seconds';
const TRIES = 8;
/** Sums that continue those of an earlier visit have its rounding in them. */
const TOLERANCE = 1e-9;

export class DiagnosticsView {
  readonly #collector: TelemetryCollector;
  readonly #simulation: Simulation;
  /** What was already counted when this visit began. */
  readonly #baseline: Map<string, number>;
  readonly #since: string;
  readonly #list = document.createElement('dl');
  readonly #values = new Map<string, HTMLElement>();
  #run: CollectionRun | undefined;

  constructor(
    collector: TelemetryCollector,
    simulation: Simulation,
    first: JsonSnapshot,
    since: string,
    parent: HTMLElement,
  ) {
    this.#collector = collector;
    this.#simulation = simulation;
    this.#baseline = samples(first);
    this.#since = since;
    parent.append(this.#list);
    collector.addHook('collection', (run) => {
      this.#run = run;
    });
  }

  async update(): Promise<void> {
    const [status, { snapshot, agreeing, compared }] = await Promise.all([
      this.#collector.diagnostics(),
      this.#audit(),
    ]);
    const runs = total(snapshot, RUN);
    const [run] = [snapshot.metrics[RUN]].flat();
    const mean = run && 'sum' in run && runs > 0 ? Number(run.sum) / runs : 0;
    this.#show('Cross-check', `${agreeing} of ${compared} series equal the swarm’s own count`);
    this.#show('Link', status.link ? LINKS[status.link] : 'connecting');
    for (const { way, reason } of status.failed) this.#show(`Failed: ${way}`, reason);
    this.#show('Cross-origin isolated', crossOriginIsolated ? 'yes' : 'no');
    this.#show('Storage', status.storage ?? 'none');
    this.#show('Counting since', this.#since);
    this.#show('Threads', integer(status.threads ?? 0));
    this.#show('Metric families', integer(Object.keys(snapshot.metrics).length));
    this.#show('Series', integer(seriesCount(snapshot)));
    this.#show('Collection runs', integer(total(snapshot, 'telemetry_collection_runs_total')));
    this.#show('Mean run, with waiting', milliseconds(mean * 1000));
    if (this.#run) {
      const { collector_seconds: inCollector, thread_seconds: inPage } = this.#run;
      this.#show('Last run, work of the collector', milliseconds(inCollector * 1000));
      this.#show('Last run, work of this page', milliseconds(inPage * 1000));
    }
    const stall = total(snapshot, 'telemetry_main_thread_stall_seconds');
    this.#show('Main thread silent for', `${stall.toFixed(1)} s`);
    this.#show('Events recorded', integer(total(snapshot, 'telemetry_events_total')));
    this.#show('Events dropped', integer(total(snapshot, 'telemetry_events_dropped_total')));
    this.#show('Errors', integer(total(snapshot, 'telemetry_errors_total')));
  }

  /**
   * Compares every series with what the simulation itself has counted. Both must be of the same step, so
   * this asks again if the swarm has moved on before the snapshot was there.
   */
  async #audit(): Promise<{ snapshot: JsonSnapshot; agreeing: number; compared: number }> {
    const { totals } = this.#simulation;
    let snapshot: JsonSnapshot;
    let steps: number;
    let tries = 0;
    do {
      steps = totals.steps;
      snapshot = await this.#collector.getSnapshot();
      tries += 1;
    } while (totals.steps !== steps && tries < TRIES);
    const found = samples(snapshot);
    const expected = expectedSeries(totals);
    const agreeing = expected.filter((series) => this.#agrees(series, found)).length;
    return { snapshot, agreeing, compared: expected.length };
  }

  #agrees({ name, labels, value }: ExpectedSeries, found: Map<string, number>): boolean {
    const key = seriesKey(name, labels);
    const accumulates = /_(total|count|sum)$/.test(name);
    const wanted = value + (accumulates ? (this.#baseline.get(key) ?? 0) : 0);
    return Math.abs((found.get(key) ?? 0) - wanted) <= TOLERANCE * Math.abs(wanted);
  }

  #show(name: string, text: string): void {
    let value = this.#values.get(name);
    if (!value) {
      const group = document.createElement('div');
      const term = document.createElement('dt');
      term.textContent = name;
      value = document.createElement('dd');
      group.append(term, value);
      this.#list.append(group);
      this.#values.set(name, value);
    }
    if (value.textContent !== text) value.textContent = text;
  }
}
