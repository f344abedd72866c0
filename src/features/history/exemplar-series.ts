import { canonicalNumber } from '../../formats/canonical-number.ts';
import type { Exemplar, Labels, MetricFamily, SeriesLabels } from '../../model.ts';
import { LabelSet } from '../../promql/label-set.ts';

/** The exemplars of a series, or of a bucket of it. */
export interface ExemplarSeries {
  readonly labels: LabelSet;
  readonly exemplars: readonly Exemplar[];
}

/** Returns the labels that the history has for a series, or for the bucket of it that has an exemplar by this number. */
export function labelsOfExemplar(
  family: MetricFamily,
  constants: Labels,
  { labelNames, labelValues }: SeriesLabels,
  number: number,
): LabelSet {
  const labels: Record<string, string> = { ...constants, ...family.labels };
  labelNames.forEach((name, i) => {
    labels[name] = labelValues[i]!;
  });
  const bounds = family.data === 'buckets' ? family.buckets : [];
  const isOfBucket = bounds.length > 0;
  if (isOfBucket) labels.le = canonicalNumber(bounds[number] ?? Infinity);
  labels.__name__ = isOfBucket ? `${family.name}_bucket` : family.name;
  return LabelSet.of(labels);
}
