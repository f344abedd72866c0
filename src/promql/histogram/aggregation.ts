import type { FloatHistogram } from './float-histogram.ts';
import type { Note } from './notes.ts';
import { added, histogramOf, type RunningSum, scaledSum, sumOf } from './running-sum.ts';

/**
 * Returns the sum of histograms, with what rounding has lost. Empty buckets are kept.
 * @param histograms at least one
 * @returns `undefined` if they are incompatible
 */
export function sum(histograms: readonly FloatHistogram[], note: Note): FloatHistogram | undefined {
  const adding = new Adding(histograms[0]!, note);
  for (let i = 1; i < histograms.length; i++) {
    const next = adding.add(adding.sum, histograms[i]!);
    if (!next) return undefined;
    adding.sum = next;
  }
  return adding.finish(adding.sum);
}

/**
 * Returns the average of histograms, with what rounding has lost. Empty buckets are kept.
 * @param histograms at least one
 * @returns `undefined` if they are incompatible
 */
export function average(
  histograms: readonly FloatHistogram[],
  note: Note,
): FloatHistogram | undefined {
  const adding = new Adding(histograms[0]!, note);
  // Once the sum is too great for a number, the average is carried on instead.
  let isMean = false;
  for (let i = 1; i < histograms.length; i++) {
    const count = i + 1;
    if (!isMean) {
      const next = adding.add(adding.sum, histograms[i]!);
      if (!next) return undefined;
      if (!overflows(next)) {
        adding.sum = next;
        continue;
      }
      isMean = true;
      adding.sum = scaledSum(adding.sum, (value) => value / i);
    }
    const weighted = scaledSum(adding.sum, (value) => value * (i / count));
    const share = scaledSum(sumOf(histograms[i]!), (value) => value / count);
    const next = adding.add(weighted, { ...share, counterReset: histograms[i]!.counterReset });
    if (!next) return undefined;
    adding.sum = next;
  }
  const { sum } = adding;
  return adding.finish(isMean ? sum : scaledSum(sum, (value) => value / histograms.length));
}

/** Remembers what has to be said once all histograms are added. */
class Adding {
  sum: RunningSum;
  readonly #note: Note;
  readonly #hints = new Set<string>();

  constructor(first: FloatHistogram, note: Note) {
    this.sum = sumOf(first);
    this.#note = note;
    this.#hints.add(first.counterReset);
  }

  add(sum: RunningSum, histogram: FloatHistogram): RunningSum | undefined {
    this.#hints.add(histogram.counterReset);
    const result = added(sum, histogram);
    if (!result) this.#note('incompatible');
    else if (result.reconciled) this.#note('bounds:aggregation');
    return result?.sum;
  }

  finish(sum: RunningSum): FloatHistogram {
    if (this.#hints.has('reset') && this.#hints.has('not_reset'))
      this.#note('collision:aggregation');
    return histogramOf(sum, true);
  }
}

function overflows({ zeroCount, count, sum, positive, negative }: RunningSum): boolean {
  return [[zeroCount, count, sum], positive.counts, negative.counts].some((numbers) =>
    numbers.some((number) => Math.abs(number) === Infinity),
  );
}
