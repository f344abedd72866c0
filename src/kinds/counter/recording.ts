import { FUNCTION } from '../../options.ts';
import { BoundSeries } from '../bound-series.ts';
import type { Collect, CollectedSeries } from '../collected-kind.ts';
import { optionsWith } from '../definition.ts';
import { type ExemplarOptions, FROM_SOURCE, type RecordingOptions } from '../exemplars.ts';
import type { CountArguments, LabelSet } from '../labels.ts';
import type { MetricOptions, RecordingKind } from '../recording-kind.ts';
import { ScalarMetric } from '../scalar-metric.ts';
import { COUNTER_CELLS, counterKind } from './shape.ts';

/**
 * One series of a counter.
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const requests = collector.registerCounter('requests_total', 'Requests', {
 *   labelNames: ['method'],
 * });
 * const gets = requests.labels({ method: 'GET' });
 * for (let i = 0; i < 3; i++) gets.increment();
 * console.log(requests.getValue({ method: 'GET' }).value);
 * // -> 3
 * ```
 */
export class BoundCounter extends BoundSeries {
  // The value is kept here, and is stored to the cell but not read from it. So an increment costs no more
  // than `cells[i] += 1`. In V8 it costs less while the value is a small whole number, since V8 then adds
  // integers (`npm run bench -- hot-path`). For this it must never be NaN: the field would hold doubles for
  // good. It is negative while there are no cells.
  #value = -1;

  /** Adds `amount`, which must be finite and not negative. */
  increment(amount = 1, options?: RecordingOptions): void {
    const value = this.#value;
    if (typeof amount === 'number' && amount >= 0 && value >= 0) {
      const next = value + amount;
      if (next < Infinity) {
        this.#value = next;
        // RACE: this is the only writer of this cell; a reader sees the old or the new value, never a mix.
        this.cells[this.index] = next;
        if (options !== undefined) this.exemplify(0, amount, options);
        return;
      }
    }
    this.refuse('increment', amount, 'a counter takes finite amounts of 0 or more', options);
  }

  /** @internal */
  get value(): number {
    return this.#value;
  }

  /** @internal */
  override detach(): void {
    super.detach();
    this.#value = -1;
  }

  /** @internal */
  override load(): void {
    const value = this.cells[this.index]!;
    // To V8 a number from a Float64Array is a double, even if it is whole. So is the result of a conditional
    // expression if one of its branches gives a double.
    if (value === (value | 0)) this.#value = value | 0;
    else this.#value = value;
  }
}

/** One series of a counter that has a function for exemplars. */
class SampledCounter extends BoundCounter {
  override gates: number[] = [];

  override increment(amount?: number, options: RecordingOptions = FROM_SOURCE): void {
    super.increment(amount, options);
  }
}

/** The options of `registerCounter()`. */
export interface CounterOptions<N extends string = string, C = unknown>
  extends MetricOptions<N>,
    ExemplarOptions {
  /**
   * Called just before a collection run or scrape reads the counter, for totals that exist elsewhere. What it
   * returns, or resolves to, is the total as its source has it, or a list of series with such totals. If a
   * total has fallen, the series starts anew. Series of this thread that are not in the list are removed.
   * Totals that a callback gives are not kept by `persist`.
   */
  collect?: Collect<C, CollectedSeries<N, { readonly value: number }, number>> | undefined;
}

/**
 * A value that only goes up.
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const requests = collector.registerCounter('requests_total', 'Requests', {
 *   labelNames: ['method'],
 * });
 * requests.increment(1, { method: 'GET' });
 * console.log(requests.getValue({ method: 'GET' }).value);
 * // -> 1
 * ```
 */
export class Counter<N extends string = string> extends ScalarMetric<N, BoundCounter, 'counter'> {
  /** Adds `amount`, which must be finite and not negative. */
  increment(...args: CountArguments<N>): void;
  increment(amount = 1, labels?: LabelSet<N>, options?: RecordingOptions): void {
    (labels === undefined ? this.single : this.index.find(labels)).increment(amount, options);
  }

  /** @internal */
  protected override bind(): BoundCounter {
    return this.exemplars ? new SampledCounter(this) : new BoundCounter(this);
  }

  /** @internal A constant that the engine knows makes a new series a hundredth faster. */
  override get blockSize(): number {
    return COUNTER_CELLS;
  }
}

export const recordingCounter: RecordingKind<Counter> = {
  ...counterKind,
  options: { ...optionsWith(), exemplars: FUNCTION },
  shape: () => ({}),
  metric: Counter,
};
