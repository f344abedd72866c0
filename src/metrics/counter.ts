import type { LabelSet } from './labels.ts';
import { BoundSeries } from './metric.ts';
import { ScalarMetric } from './scalar-metric.ts';

/** One series of a counter. */
export class BoundCounter extends BoundSeries {
  // Kept beside the cell and only stored to it: NaN here marks a detached series, at no cost, and an
  // increment costs what `cells[i] += 1` does (`npm run bench -- hot-path`).
  #value = Number.NaN;

  /** Adds `amount`, which must be finite and not negative. */
  increment(amount = 1): void {
    const next = typeof amount === 'number' ? this.#value + amount : Number.NaN;
    // One test refuses a negative, NaN or infinite amount, and, since the value of a detached
    // series is NaN, a series that was removed.
    if (next >= this.#value && next < Number.POSITIVE_INFINITY) {
      this.#value = next;
      // RACE: the only writer of this cell; a reader sees the value before or after, never a mix.
      this.cells[this.index] = next;
    } else {
      this.refuse('increment', amount, 'a counter takes finite amounts of 0 or more');
    }
  }

  /** @internal */
  get value(): number {
    return this.#value;
  }

  /** @internal */
  override reset(): void {
    this.cells[this.index] = this.#value = 0;
  }

  /** @internal */
  override detach(): void {
    super.detach();
    this.#value = Number.NaN;
  }
}

/** A value that only goes up. */
export class Counter<N extends string = string> extends ScalarMetric<N, BoundCounter, 'counter'> {
  /** Adds `amount`, which must be finite and not negative. */
  increment(amount = 1, labels?: LabelSet<N>): void {
    (labels === undefined ? this.single : this.index.find(labels)).increment(amount);
  }

  /** @internal */
  protected override bind(values: readonly string[], overflow: boolean): BoundCounter {
    return new BoundCounter(this, values, overflow);
  }

  /** @internal */
  protected override get blockSize(): number {
    return 1;
  }
}
