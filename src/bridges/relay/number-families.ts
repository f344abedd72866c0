import type { Counter } from '../../kinds/counter/recording.ts';
import type { Gauge } from '../../kinds/gauge/recording.ts';
import type { NumberPoint } from './batch.ts';
import type { Reason } from './reasons.ts';
import { type SeriesBudget, SeriesTable } from './series-table.ts';

type Labels = Readonly<Record<string, string>>;

/** Adds up what pages have counted. */
export class CounterFamily {
  readonly kind = 'counter';
  readonly #counter: Counter<string>;
  readonly #series: SeriesTable<Labels>;
  readonly #most: number;

  /** @param most how much a point may add */
  constructor(
    counter: Counter<string>,
    labelNames: readonly string[],
    budget: SeriesBudget,
    most: number,
  ) {
    this.#counter = counter;
    this.#most = most;
    this.#series = new SeriesTable(labelNames, budget, (labels) => labels);
  }

  add({ value, labels }: NumberPoint): Reason | undefined {
    if (!(value >= 0 && value <= this.#most)) return 'value';
    const series = this.#series.find(labels);
    if (typeof series === 'string') return series;
    // No handle is kept: it would be dead once the series has expired or was removed.
    this.#counter.increment(value, series);
    return undefined;
  }
}

/** Keeps the number that came last, from whichever page. */
export class GaugeFamily {
  readonly kind = 'gauge';
  readonly #gauge: Gauge<string>;
  readonly #series: SeriesTable<Labels>;

  constructor(gauge: Gauge<string>, labelNames: readonly string[], budget: SeriesBudget) {
    this.#gauge = gauge;
    this.#series = new SeriesTable(labelNames, budget, (labels) => labels);
  }

  add({ value, labels }: NumberPoint): Reason | undefined {
    if (!Number.isFinite(value)) return 'value';
    const series = this.#series.find(labels);
    if (typeof series === 'string') return series;
    this.#gauge.set(value, series);
    return undefined;
  }
}
