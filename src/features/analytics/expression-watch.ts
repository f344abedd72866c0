import type { Labels } from '../../model.ts';
import type { VectorElement } from '../../promql/engine.ts';
import type { RunningWatch } from './running-watch.ts';
import type { SeriesPool } from './series-pool.ts';
import { SCORED_WATCH_LABEL } from './shown-labels.ts';
import type { WatchPlan } from './watch-plan.ts';
import type { WatchedSeries } from './watched-series.ts';

interface Entry {
  readonly watched: WatchedSeries;
  /** The number of the evaluation that has brought its last value. */
  stamp: number;
}

/** Watches the elements of the vector that an expression gives. It is evaluated elsewhere. */
export class ExpressionWatch implements RunningWatch {
  readonly plan: WatchPlan;
  readonly expr: string;
  readonly unit = '';
  readonly #pool: SeriesPool;
  readonly #entries = new Map<string, Entry>();
  #evaluation = 0;
  refused = 0;
  anomalies = 0;
  failures = 0;
  error: string | undefined;

  constructor(plan: WatchPlan, expr: string, pool: SeriesPool) {
    this.plan = plan;
    this.expr = expr;
    this.#pool = pool;
  }

  get series(): Iterable<WatchedSeries> {
    return [...this.#entries.values()].map(({ watched }) => watched);
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Takes what an evaluation has found.
   * @param constants labels that every series has
   * @returns the series in which an anomaly begins
   */
  take(elements: readonly VectorElement[], time: number, constants: Labels): WatchedSeries[] {
    const begun: WatchedSeries[] = [];
    const histograms = elements.filter(({ histogram }) => histogram);
    const floats = elements.filter(
      ({ histogram, labels }) => !histogram && labels.get(SCORED_WATCH_LABEL) === '',
    );
    const stamp = ++this.#evaluation;
    for (const { labels } of floats) {
      const entry = this.#entries.get(labels.key);
      if (entry) entry.stamp = stamp;
    }
    // Those that have gone make room for others.
    this.#passOver(stamp, time, begun);
    this.refused = 0;
    for (const element of floats) {
      const entry = this.#entryOf(element, stamp, constants);
      if (entry?.watched.next(time, element.value, this.plan.threshold)) begun.push(entry.watched);
    }
    this.error =
      histograms.length > 0
        ? 'it gives histograms, which have no single value: use histogram_quantile(), or watch the metric'
        : undefined;
    return begun;
  }

  /** Takes notice that some series are not there. */
  #passOver(stamp: number, time: number, begun: WatchedSeries[]): void {
    for (const [key, { watched, stamp: last }] of this.#entries) {
      if (last === stamp) continue;
      const state = this.#pool.absent(this.plan, watched, time);
      if (state === 'unusual') begun.push(watched);
      if (state === 'ended') this.#entries.delete(key);
    }
  }

  end(): void {
    for (const one of this.series) this.#pool.end(this.plan, one);
    this.#entries.clear();
  }

  #entryOf({ labels }: VectorElement, stamp: number, constants: Labels): Entry | undefined {
    const known = this.#entries.get(labels.key);
    if (known) return known;
    // An expression may give a million elements with each run, whose labels nobody needs if there is no room.
    const watched = this.#pool.hasRoom
      ? this.#pool.begin(this.plan, ownLabels(labels, constants), '')
      : undefined;
    if (!watched) {
      this.refused++;
      return undefined;
    }
    const entry = { watched, stamp };
    this.#entries.set(labels.key, entry);
    return entry;
  }
}

function ownLabels(labels: VectorElement['labels'], constants: Labels): Labels {
  const entries = Object.entries(labels.toObject());
  return Object.fromEntries(entries.filter(([name, value]) => constants[name] !== value));
}
