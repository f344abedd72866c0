import type { VectorElement } from '../promql/engine.ts';
import { parseHistogram } from '../promql/histogram/histogram-text.ts';
import { LabelSet } from '../promql/label-set.ts';
import { parseSeries } from '../promql/series-notation.ts';
import type { ExprTest } from './unit-tests.ts';

/**
 * Reads the samples that a test expects.
 * @throws Error that names what cannot be read
 */
export function expectedSamples({ expected }: ExprTest): VectorElement[] {
  return expected.map(({ labels, value, histogram }) => ({
    labels: labelsOf(labels),
    value: histogram ? 0 : value,
    ...(histogram && { histogram: parseHistogram(histogram).histogram }),
  }));
}

/** A scalar has no labels at all. */
function labelsOf(text: string): LabelSet {
  return /^\s*(\{\s*\})?\s*$/.test(text) ? LabelSet.of({}) : parseSeries(text).labels;
}
