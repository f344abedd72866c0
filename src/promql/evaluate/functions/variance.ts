import { lostAfter } from '../../histogram/compensated.ts';
import type { Fold } from '../fold.ts';
import type { View } from '../view.ts';

/** The variance of the floats of a window (Welford's way, with sums that keep what rounding has lost). */
export class Variance implements Fold {
  #count = 0;
  #mean = 0;
  #meanRest = 0;
  #squares = 0;
  #squaresRest = 0;

  begin(): void {
    this.#count = 0;
    this.#mean = 0;
    this.#meanRest = 0;
    this.#squares = 0;
    this.#squaresRest = 0;
  }

  take({ samples: { values } }: View, from: number, to: number): void {
    let count = this.#count;
    let mean = this.#mean;
    let meanRest = this.#meanRest;
    let squares = this.#squares;
    let squaresRest = this.#squaresRest;
    for (let i = from; i < to; i++) {
      count++;
      const delta = values[i]! - (mean + meanRest);
      const step = delta / count;
      const newMean = mean + step;
      meanRest = lostAfter(mean, step, newMean, meanRest);
      mean = newMean;
      const square = delta * (values[i]! - (mean + meanRest));
      const newSquares = squares + square;
      squaresRest = lostAfter(squares, square, newSquares, squaresRest);
      squares = newSquares;
    }
    this.#count = count;
    this.#mean = mean;
    this.#meanRest = meanRest;
    this.#squares = squares;
    this.#squaresRest = squaresRest;
  }

  result(): number {
    return (this.#squares + this.#squaresRest) / this.#count;
  }
}

/** Its root. */
export class Deviation extends Variance {
  override result(): number {
    return Math.sqrt(super.result());
  }
}
