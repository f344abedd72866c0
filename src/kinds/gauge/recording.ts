import { type Combine, TelemetryError } from '../../model.ts';
import { BoundSeries } from '../bound-series.ts';
import { optionsWith, wrong } from '../definition.ts';
import type { AmountArguments, LabelArguments, LabelSet } from '../labels.ts';
import type { MetricOptions, RecordingKind } from '../recording-kind.ts';
import { ScalarMetric } from '../scalar-metric.ts';
import { COMBINES, GAUGE_TIME, type GaugeShape, gaugeKind } from './shape.ts';

/** One series of a gauge. */
export class BoundGauge extends BoundSeries {
  /** Sets the value; NaN and infinities are values too. */
  set(value: number): void {
    if (typeof value === 'number' && this.address >= 0) this.write(value);
    else this.refuse('set', value, 'a gauge takes numbers');
  }

  /** Adds `amount`, which must be finite. */
  increment(amount = 1): void {
    this.#add('increment', amount, 1);
  }

  /** Takes `amount`, which must be finite, away. */
  decrement(amount = 1): void {
    this.#add('decrement', amount, -1);
  }

  /** Sets the value to the current time, in seconds since 1970. */
  setToCurrentTime(): void {
    this.set(Date.now() / 1000);
  }

  #add(action: string, amount: number, sign: 1 | -1): void {
    // `amount - amount` is 0 for finite numbers only.
    if (typeof amount === 'number' && amount - amount === 0 && this.address >= 0) {
      this.write(this.value + sign * amount);
    } else {
      this.refuse(action, amount, 'the amount must be a finite number');
    }
  }

  /** @internal */
  get value(): number {
    return this.cells[this.index]!;
  }

  /** @internal When it was set, in milliseconds since 1970; 0 for never, and where nobody asks. */
  get time(): number {
    return 0;
  }

  /** @internal */
  write(value: number): void {
    // RACE: the only writer of this cell; a reader sees the value before or after, never a mix.
    this.cells[this.index] = value;
  }
}

/** Keeps the time of the last write beside the value: a thread that has none must not count as 0. */
class TimedGauge extends BoundGauge {
  override get time(): number {
    return this.cells[this.index + GAUGE_TIME]!;
  }

  override write(value: number): void {
    super.write(value);
    // RACE: after the value: a reader that sees the new time also finds the new value.
    // 0 means never; at module scope of workerd the clock stands at 0.
    this.cells[this.index + GAUGE_TIME] = performance.timeOrigin + performance.now() || 1;
  }
}

export interface GaugeOptions<N extends string = string, G = unknown> extends MetricOptions<N> {
  /** How the values of several threads become one; `sum` unless given. */
  combine?: Combine | undefined;
  /**
   * Called just before a collection run or scrape reads the gauge. A number that it returns, or
   * resolves to, is set.
   */
  collect?: ((this: G, gauge: G) => unknown) | undefined;
  /**
   * Where the gauge combines by `max` or `min` and has `collect`: the largest or smallest that the
   * callback gave is shown for so many seconds at least, and for twice as many at most, since others
   * read it, too. 65 unless given; 0 shows what was given last.
   */
  keepFor?: number | undefined;
}

/** Seconds: whoever scrapes once a minute sees each peak. */
const PEAK_WINDOW = 65;

/** A value that goes up and down. */
export class Gauge<N extends string = string> extends ScalarMetric<N, BoundGauge, 'gauge'> {
  /** @internal Seconds for which the largest or smallest of what `collect` gave is shown; 0 for the last. */
  keepFor = 0;

  /** Sets the value; NaN and infinities are values too. */
  set(value: number, ...labels: LabelArguments<N>): void;
  set(value: number, labels?: LabelSet<N>): void {
    (labels === undefined ? this.single : this.index.find(labels)).set(value);
  }

  /** Adds `amount`, which must be finite. */
  increment(...args: AmountArguments<N>): void;
  increment(amount = 1, labels?: LabelSet<N>): void {
    (labels === undefined ? this.single : this.index.find(labels)).increment(amount);
  }

  /** Takes `amount`, which must be finite, away. */
  decrement(...args: AmountArguments<N>): void;
  decrement(amount = 1, labels?: LabelSet<N>): void {
    (labels === undefined ? this.single : this.index.find(labels)).decrement(amount);
  }

  /** Sets the value to the current time, in seconds since 1970. */
  setToCurrentTime(...labels: LabelArguments<N>): void;
  setToCurrentTime(labels?: LabelSet<N>): void {
    (labels === undefined ? this.single : this.index.find(labels)).setToCurrentTime();
  }

  /** @internal */
  protected override bind(): BoundGauge {
    return new (this.blockSize > 1 ? TimedGauge : BoundGauge)(this);
  }

  /** @internal How the values of several threads become one. */
  get combine(): Combine {
    return (this.definition.shape as GaugeShape).combine;
  }

  /** @internal */
  override collectWith(options: GaugeOptions): void {
    super.collectWith(options);
    this.keepFor = checkedKeepFor(this.name, this.combine, options);
  }
}

export const gauge: RecordingKind<Gauge, GaugeShape> = {
  ...gaugeKind,
  options: optionsWith('combine', 'keepFor'),
  shape(name, options: GaugeOptions) {
    const { combine = 'sum' } = options;
    if (!COMBINES.includes(combine)) {
      throw new TelemetryError(
        'invalid_combine',
        `${name}: combine must be one of ${COMBINES.join(', ')}`,
      );
    }
    checkedKeepFor(name, combine, options);
    return { combine };
  },
  metric: Gauge,
};

/**
 * For how long peaks are shown. Seconds.
 * @throws TelemetryError `invalid_option`
 */
function checkedKeepFor(
  name: string,
  combine: Combine,
  { collect, keepFor }: GaugeOptions,
): number {
  const mayHave = !!collect && (combine === 'max' || combine === 'min');
  if (keepFor === undefined) return mayHave ? PEAK_WINDOW : 0;
  if (!(Number.isFinite(keepFor) && keepFor >= 0)) {
    throw wrong('invalid_option', keepFor, `is no keepFor of ${name}`, 'give a number of seconds');
  }
  if (keepFor > 0 && !mayHave) {
    const remedy = "it is for gauges with collect that combine by 'max' or 'min'";
    throw wrong('invalid_option', keepFor, `cannot be the keepFor of ${name}`, remedy);
  }
  return keepFor;
}
