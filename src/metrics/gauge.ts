import { GAUGE_TIME } from '../pages/layout.ts';
import { BoundSeries } from './bound-series.ts';
import type { AmountArguments, LabelArguments, LabelSet } from './labels.ts';
import { ScalarMetric } from './scalar-metric.ts';

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

/** A value that goes up and down. */
export class Gauge<N extends string = string> extends ScalarMetric<N, BoundGauge, 'gauge'> {
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

  /** @internal */
  override get blockSize(): number {
    return this.definition.combine === 'sum' ? 1 : 2;
  }
}
