import type { Exemplar } from '../../../model.ts';
import type { Expr } from '../../../promql/ast.ts';
import { compareLabels } from '../../../promql/label-set.ts';
import type { Matcher } from '../../../promql/matcher.ts';
import { numberText } from '../../../promql/number-text.ts';
import { filterPatiently } from '../../../promql/patient-select.ts';
import { type ExemplarSeries, labelsOfExemplar } from '../../history/exemplar-series.ts';
import { isOfQuery, messageOf, parameter, Refused } from '../refused.ts';
import type { Answer, Served } from '../served.ts';
import type { Form } from './form.ts';
import { MOST_SELECTORS, patienceUntil } from './selectors.ts';
import { MAX_TIME, MIN_TIME, optionalTime } from './values.ts';

/** `/api/v1/query_exemplars` */
export async function exemplars(form: Form, served: Served, signal: AbortSignal): Promise<Answer> {
  const read = (name: string, otherwise: number) =>
    parameter(name, () => optionalTime(name, form.get(name), otherwise));
  const start = read('start', MIN_TIME);
  const end = read('end', MAX_TIME);
  if (end < start) {
    throw new Refused('bad_data', 'end timestamp must not be before start timestamp');
  }
  const selectors = selectorsOf(parsed(form.get('query'), served));
  if (selectors.length === 0) return { data: undefined };
  if (selectors.length > MOST_SELECTORS) {
    throw new Refused('bad_data', `a query for exemplars may have ${MOST_SELECTORS} selectors`);
  }
  const isInTime = ({ timestamp }: Exemplar) =>
    timestamp * 1000 >= start && timestamp * 1000 <= end;
  const all = await allSeries(served);
  const patience = patienceUntil(signal);
  const found = await filterPatiently(
    all,
    selectors,
    ({ labels }, name) => labels.get(name),
    patience,
  );
  return {
    data: [...found]
      .sort((one, other) => compareLabels(one.labels, other.labels))
      .map(({ labels, exemplars }) => ({
        seriesLabels: labels.toObject(),
        exemplars: exemplars.filter(isInTime).sort(byTime).map(shown),
      }))
      .filter((one) => one.exemplars.length > 0),
  };
}

const byTime = (one: Exemplar, other: Exemplar) => one.timestamp - other.timestamp;

const shown = ({ labels, value, timestamp }: Exemplar) => ({
  ...{ labels, value: numberText(value), timestamp },
});

/** Returns the exemplars that the history has, and those that have come since the last collection run. */
async function allSeries({ history, read }: Served): Promise<readonly ExemplarSeries[]> {
  const all = new Map<string, { labels: ExemplarSeries['labels']; exemplars: Set<Exemplar> }>();
  for (const { labels, exemplars } of history.exemplars()) {
    all.set(labels.key, { labels, exemplars: new Set(exemplars) });
  }
  const { families } = await read();
  for (const family of families) {
    for (const [series, newest] of family.exemplars ?? []) {
      for (const [i, one] of newest.entries()) {
        if (!one) continue;
        const labels = labelsOfExemplar(family, history.labels, series, i);
        const known = all.get(labels.key);
        // It is the same object as in the collection run that has seen it.
        if (known) known.exemplars.add(one);
        else all.set(labels.key, { labels, exemplars: new Set([one]) });
      }
    }
  }
  return Array.from(all.values(), ({ labels, exemplars }) => ({
    ...{ labels, exemplars: [...exemplars] },
  }));
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
