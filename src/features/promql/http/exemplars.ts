import type { Exemplar, MetricFamily, SeriesLabels } from '../../../model.ts';
import type { Expr } from '../../../promql/ast.ts';
import { LabelSet } from '../../../promql/label-set.ts';
import type { Matcher } from '../../../promql/matcher.ts';
import { isOfQuery, messageOf, parameter, Refused } from '../refused.ts';
import type { Form } from './form.ts';
import type { Answer, Served } from './served.ts';
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
  const data = families.flatMap((family) => ofFamily(family, selectors, isInTime));
  return { data };
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

interface SeriesExemplars {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly unknown[];
}

function ofFamily(
  family: MetricFamily,
  selectors: readonly (readonly Matcher[])[],
  isInTime: (one: Exemplar) => boolean,
): SeriesExemplars[] {
  const all: SeriesExemplars[] = [];
  for (const [series, exemplars] of family.exemplars ?? []) {
    exemplars.forEach((one, i) => {
      if (!one || !isInTime(one)) return;
      const labels = labelsOf(family, series, i);
      const isSelected = selectors.some((matchers) =>
        matchers.every((matcher) => matcher.matches(labels.get(matcher.name))),
      );
      if (!isSelected) return;
      const { value, timestamp } = one;
      const exemplar = { labels: one.labels, value: String(value), timestamp };
      all.push({ seriesLabels: labels.toObject(), exemplars: [exemplar] });
    });
  }
  return all;
}

/** Returns the labels of the series, as samples of it have them, that the exemplar with this number belongs to. */
function labelsOf(family: MetricFamily, series: SeriesLabels, number: number): LabelSet {
  const labels: Record<string, string> = { ...family.labels };
  series.labelNames.forEach((name, i) => {
    labels[name] = series.labelValues[i]!;
  });
  const bounds = family.data === 'buckets' ? family.buckets : [];
  if (bounds.length > 0) labels.le = String(bounds[number] ?? '+Inf');
  labels.__name__ = bounds.length > 0 ? `${family.name}_bucket` : family.name;
  return LabelSet.of(labels);
}
