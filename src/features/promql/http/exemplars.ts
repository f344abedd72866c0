import { canonicalNumber } from '../../../formats/canonical-number.ts';
import type { Exemplar, Labels, MetricFamily, SeriesLabels } from '../../../model.ts';
import type { Expr } from '../../../promql/ast.ts';
import { LabelSet } from '../../../promql/label-set.ts';
import type { Matcher } from '../../../promql/matcher.ts';
import { numberText } from '../../../promql/number-text.ts';
import { isOfQuery, messageOf, parameter, Refused } from '../refused.ts';
import type { Answer, Served } from '../served.ts';
import type { Form } from './form.ts';
import { MAX_TIME, MIN_TIME, optionalTime } from './values.ts';

/** `/api/v1/query_exemplars`. The collector has the newest exemplar of each series or bucket. */
export async function exemplars(form: Form, served: Served): Promise<Answer> {
  const read = (name: string, otherwise: number) =>
    parameter(name, () => optionalTime(name, form.get(name), otherwise));
  const start = read('start', MIN_TIME);
  const end = read('end', MAX_TIME);
  if (end < start) {
    throw new Refused('bad_data', 'end timestamp must not be before start timestamp');
  }
  const selectors = selectorsOf(parsed(form.get('query'), served));
  if (selectors.length === 0) return { data: undefined };
  const { families } = await served.read();
  const isInTime = ({ timestamp }: Exemplar) =>
    timestamp * 1000 >= start && timestamp * 1000 <= end;
  const { labels } = served.history;
  return {
    data: families.flatMap((family) => [...ofFamily(family, labels, selectors, isInTime)]),
  };
}

function parsed(text: string, served: Served): Expr {
  try {
    return served.parse(text);
  } catch (error) {
    throw isOfQuery(error) ? new Refused('bad_data', messageOf(error)) : error;
  }
}

/** Returns the matchers of each selector in an expression. */
function selectorsOf(node: unknown, found: (readonly Matcher[])[] = []): (readonly Matcher[])[] {
  if (typeof node !== 'object' || node === null) return found;
  const { kind, matchers } = node as { kind?: unknown; matchers?: readonly Matcher[] };
  if (kind === 'vector-selector' && matchers) found.push(matchers);
  else for (const part of Object.values(node)) selectorsOf(part, found);
  return found;
}

/** Returns the exemplars by the keys of their series. */
function ofFamily(
  family: MetricFamily,
  constants: Labels,
  selectors: readonly (readonly Matcher[])[],
  isInTime: (one: Exemplar) => boolean,
) {
  const found = new Map<string, { seriesLabels: object; exemplars: object[] }>();
  for (const [series, all] of family.exemplars ?? []) {
    all.forEach((one, i) => {
      if (!one || !isInTime(one)) return;
      const labels = labelsOf(family, constants, series, i);
      const isSelected = selectors.some((matchers) =>
        matchers.every((matcher) => matcher.matches(labels.get(matcher.name))),
      );
      if (!isSelected) return;
      const { value, timestamp } = one;
      const exemplar = { labels: one.labels, value: numberText(value), timestamp };
      const known = found.get(labels.key);
      if (known) known.exemplars.push(exemplar);
      else found.set(labels.key, { seriesLabels: labels.toObject(), exemplars: [exemplar] });
    });
  }
  return found.values();
}

/** Returns the labels that the history has for the series, or for the bucket with this number. */
function labelsOf(
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
