import { lostAfter } from '../../histogram/compensated.ts';
import { QueryError } from '../../query-error.ts';
import { type Fold, folded } from '../fold.ts';
import { hasHistograms, type RangeFunction, tellIgnored, type View } from '../view.ts';

/** Of ranges with two floats at least. */
function ofFloats(make: () => Fold): RangeFunction {
  const put = folded(make);
  return (view, grid, cell) => {
    const count = view.high - view.low;
    if (count > 0 && hasHistograms(view)) tellIgnored(view);
    if (count >= 2) return put(view, grid, cell);
  };
}

/** Fits a line to the floats. */
abstract class Line implements Fold {
  #isConstant = true;
  // The sums of x, y, x * y and x * x, and what each has lost.
  readonly #sums = new Float64Array(4);
  readonly #rests = new Float64Array(4);

  begin(): void {
    this.#isConstant = true;
    this.#sums.fill(0);
    this.#rests.fill(0);
  }

  take(view: View, from: number, to: number): void {
    const { times, values } = view.samples;
    const initial = values[view.low]!;
    const at = this.zero(view);
    for (let i = from; i < to; i++) {
      const y = values[i]!;
      this.#isConstant &&= y === initial || i === view.low;
      const x = (times[i]! - at) / 1000;
      this.#add(0, x);
      this.#add(1, y);
      this.#add(2, x * y);
      this.#add(3, x * x);
    }
  }

  /** Returns the slope a second, and where the line is at its zero. */
  protected fitted({ samples, low, high }: View): [slope: number, intercept: number] {
    const initial = samples.values[low]!;
    if (this.#isConstant) {
      return Math.abs(initial) === Infinity ? [Number.NaN, Number.NaN] : [0, initial];
    }
    const sum = (which: number) => this.#sums[which]! + this.#rests[which]!;
    const [sumX, sumY, sumXY, sumX2] = [sum(0), sum(1), sum(2), sum(3)];
    const count = high - low;
    const slope = (sumXY - (sumX * sumY) / count) / (sumX2 - (sumX * sumX) / count);
    return [slope, sumY / count - (slope * sumX) / count];
  }

  /** The time from which x counts. Milliseconds. */
  protected abstract zero(view: View): number;

  abstract result(view: View): number;

  #add(which: number, value: number): void {
    const sum = this.#sums[which]!;
    const total = sum + value;
    this.#rests[which] = lostAfter(sum, value, total, this.#rests[which]!);
    this.#sums[which] = total;
  }
}

class Slope extends Line {
  protected override zero({ samples, low }: View): number {
    return samples.times[low]!;
  }

  override result(view: View): number {
    return this.fitted(view)[0];
  }
}

class Prediction extends Line {
  protected override zero({ time }: View): number {
    return time;
  }

  override result(view: View): number {
    const [slope, intercept] = this.fitted(view);
    return slope * view.args[0]! + intercept;
  }
}

/** Holt's double exponential smoothing. */
class Smoothing implements Fold {
  #smoothing = 0;
  #trend = 0;
  #before = 0;
  #level = 0;
  #slope = 0;

  begin({ samples: { values }, low, args }: View): void {
    this.#smoothing = fraction('smoothing', 'sf', args[0]!);
    this.#trend = fraction('trend', 'tf', args[1]!);
    this.#before = 0;
    this.#level = values[low]!;
    this.#slope = values[low + 1]! - values[low]!;
  }

  take({ samples: { values }, low }: View, from: number, to: number): void {
    const [smoothing, trend] = [this.#smoothing, this.#trend];
    let [before, level, slope] = [this.#before, this.#level, this.#slope];
    for (let i = Math.max(from, low + 1); i < to; i++) {
      if (i > low + 1) slope = trend * (level - before) + (1 - trend) * slope;
      const next = smoothing * values[i]! + (1 - smoothing) * (level + slope);
      before = level;
      level = next;
    }
    this.#before = before;
    this.#level = level;
    this.#slope = slope;
  }

  result(): number {
    return this.#level;
  }
}

function fraction(what: string, short: string, value: number): number {
  if (value > 0 && value < 1) return value;
  throw new QueryError(
    'execution',
    `invalid ${what} factor. Expected: 0 < ${short} < 1, got: ${value.toFixed(6)}`,
  );
}

export const TRENDS: Readonly<Record<string, RangeFunction>> = {
  deriv: ofFloats(() => new Slope()),
  predict_linear: ofFloats(() => new Prediction()),
  double_exponential_smoothing: ofFloats(() => new Smoothing()),
};
