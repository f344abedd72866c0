import type { Counter } from '../../kinds/counter/recording.ts';
import type { Gauge } from '../../kinds/gauge/recording.ts';
import type { NumberPoint } from './batch.ts';
import type { Reason } from './reasons.ts';
import type { SeriesTable } from './series-table.ts';

/** The series are known by their labels alone: no handle would live on once its series has expired or was removed. */
type LabelTable = SeriesTable<Readonly<Record<string, string>>>;

/** Adds up what pages have counted. */
export class CounterFamily {
  readonly kind = 'counter';
  readonly #counter: Counter<string>;
  readonly #series: LabelTable;
  readonly #most: number;

  /** @param most how much a point may add */
  constructor(counter: Counter<string>, series: LabelTable, most: number) {
    this.#counter = counter;
    this.#series = series;
    this.#most = most;
  }

  add({ value, labels }: NumberPoint): Reason | undefined {
    if (!(value >= 0 && value <= this.#most)) return 'value';
    const series = this.#series.find(labels);
    if (typeof series === 'string') return series;
    this.#counter.increment(value, series);
    return undefined;
  }
}

/** Keeps the number that came last, from whichever page. */
export class GaugeFamily {
  readonly kind = 'gauge';
  readonly #gauge: Gauge<string>;
  readonly #series: LabelTable;

  constructor(gauge: Gauge<string>, series: LabelTable) {
    this.#gauge = gauge;
    this.#series = series;
  }

  add({ value, labels }: NumberPoint): Reason | undefined {
    if (!Number.isFinite(value)) return 'value';
    const series = this.#series.find(labels);
    if (typeof series === 'string') return series;
    this.#gauge.set(value, series);
    return undefined;
  }
}
