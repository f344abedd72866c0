import type { Combine } from '../../model.ts';
import { BoundSeries } from '../bound-series.ts';
import type { Collect, CollectedSeries } from '../collected-kind.ts';
import { optionsWith, wrong } from '../definition.ts';
import type { AmountArguments, LabelArguments, LabelSet } from '../labels.ts';
import type { MetricOptions, RecordingKind } from '../recording-kind.ts';
import { ScalarMetric } from '../scalar-metric.ts';
import { COMBINES, GAUGE_TIME, GAUGE_WRITES, type GaugeShape, gaugeKind } from './shape.ts';

/**
 * One series of a gauge.
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const queues = collector.registerGauge('queue_length', 'Waiting jobs', { labelNames: ['queue'] });
 * const mails = queues.labels({ queue: 'mails' });
 * mails.set(7);
 * console.log(queues.getValue({ queue: 'mails' }).value);
 * // -> 7
 * ```
 */
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

  /** Subtracts `amount`, which must be finite. */
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

  /** @internal When it was set, in milliseconds since 1970; 0 if it never was or the time is not kept. */
  get time(): number {
    return 0;
  }

  /** @internal */
  write(value: number): void {
    // RACE: this is the only writer of this cell; a reader sees the old or the new value, never a mix.
    this.cells[this.index] = value;
  }
}

/** Keeps the time of the last write beside the value: a thread that set no value must not count as 0. */
class TimedGauge extends BoundGauge {
  override get time(): number {
    return this.cells[this.index + GAUGE_TIME]!;
  }

  override write(value: number): void {
    super.write(value);
    // RACE: the time is stored after the value, so that a reader that sees the new time also finds the new
    // value. It must not be 0, which means never, and at module scope of workerd the clock stands at 0.
    this.cells[this.index + GAUGE_TIME] = performance.timeOrigin + performance.now() || 1;
  }
}

/** Counts how often it is set, so that it does not expire while it is set to the value that it has. */
class CountedGauge extends BoundGauge {
  override write(value: number): void {
    super.write(value);
    // RACE: this is the only writer of this cell, too, and nobody minds seeing it a moment later.
    this.cells[this.index + GAUGE_WRITES]! += 1;
  }
}

/** The options of `registerGauge()`. */
export interface GaugeOptions<N extends string = string, G = unknown> extends MetricOptions<N> {
  /**
   * How the values of several threads become one.
   * @defaultValue `sum`
   */
  combine?: Combine | undefined;
  /**
   * Called just before a collection run or scrape reads the gauge. If it returns a number, or resolves to
   * one, the gauge is set to that. It may also return a list of series with their values. Series of this
   * thread that are not in the list are removed.
   */
  collect?: Collect<G, CollectedSeries<N, { readonly value: number }, number>> | undefined;
  /**
   * For how many seconds the largest or smallest value that `collect` gave is shown, so that everybody who reads
   * the gauge sees it. It may be shown for up to twice as long. With 0 the latest value is shown. This is for
   * gauges with `collect` that combine by `max` or `min`.
   * @defaultValue 65
   */
  keepFor?: number | undefined;
}

/** Seconds. Whoever scrapes once a minute sees each peak. */
const PEAK_WINDOW = 65;

/**
 * A value that goes up and down.
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const active = collector.registerGauge('active_connections', 'Active connections');
 * active.set(42);
 * active.decrement(2);
 * console.log(active.getValue().value);
 * // -> 40
 * ```
 */
export class Gauge<N extends string = string> extends ScalarMetric<N, BoundGauge, 'gauge'> {
  /** @internal Seconds for which the largest or smallest value of `collect` is shown; 0 for the latest. */
  keepFor = 0;

  /** Sets the value; NaN and infinities are values too. */
  set(value: number, ...labels: LabelArguments<N>): void;
  /**
   * Sets the value of this thread.
   * @param labels a value for each label name
   * @throws RangeError if the value is not a number and the collector is strict
   */
  set(value: number, labels?: LabelSet<N>): void {
    (labels === undefined ? this.single : this.index.find(labels)).set(value);
  }

  /** Adds `amount`, which must be finite. */
  increment(...args: AmountArguments<N>): void;
  increment(amount = 1, labels?: LabelSet<N>): void {
    (labels === undefined ? this.single : this.index.find(labels)).increment(amount);
  }

  /** Subtracts `amount`, which must be finite. */
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
    if (this.combine !== 'sum') return new TimedGauge(this);
    return new (this.shape.expires ? CountedGauge : BoundGauge)(this);
  }

  /** @internal How the values of several threads become one. */
  get combine(): Combine {
    return this.shape.combine;
  }

  /** @internal */
  get shape(): GaugeShape {
    return this.definition.shape as GaugeShape;
  }

  /** @internal */
  override collectWith(options: GaugeOptions): void {
    super.collectWith(options);
    this.keepFor = checkedKeepFor(this.name, this.combine, options);
  }
}

export const recordingGauge: RecordingKind<Gauge, GaugeShape> = {
  ...gaugeKind,
  options: optionsWith('combine', 'keepFor'),
  shape(name, options: GaugeOptions) {
    const combine = options.combine ?? 'sum';
    if (!COMBINES.includes(combine)) {
      throw wrong(
        'invalid_combine',
        combine,
        `is no combine of ${name}`,
        `choose ${COMBINES.join(', ')}`,
      );
    }
    checkedKeepFor(name, combine, options);
    return { combine, ...((options.expireAfter ?? Infinity) < Infinity && { expires: true }) };
  },
  metric: Gauge,
};

/**
 * Returns for how many seconds peaks are shown.
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
    throw wrong('invalid_option', keepFor, `is no keepFor of ${name}`, remedy);
  }
  return keepFor;
}
