import { throwIfAborted } from '../../../platform/abort.ts';
import { nextTurn } from '../../../platform/timers.ts';
import { compareBytes, compareLabels, type LabelSet } from '../../../promql/label-set.ts';
import type { Matcher } from '../../../promql/matcher.ts';
import { selectPatiently } from '../../../promql/patient-select.ts';
import { parameter, Refused, Wrong } from '../refused.ts';
import { type Answer, type Served, TRUNCATED } from '../served.ts';
import type { Form } from './form.ts';
import { patienceUntil, selectorsIn } from './selectors.ts';
import { limit, MAX_TIME, MIN_TIME, optionalTime, quoted } from './values.ts';

/** After so many series the thread may do something else. */
const AT_ONCE = 5000;

interface Wanted {
  readonly most: number;
  readonly start: number;
  readonly end: number;
}

/** `/api/v1/series` */
export async function series(form: Form, served: Served, signal: AbortSignal): Promise<Answer> {
  if (form.all('match[]').length === 0) {
    throw new Refused('bad_data', 'no match[] parameter provided');
  }
  const wanted = wantedOf(form);
  const selectors = parameter('match[]', () => selectorsIn(form, served));
  const found = new Map<string, LabelSet>();
  const keep = (labels: LabelSet) => void found.set(labels.key, labels);
  await eachSeries(served, selectors, wanted, signal, keep);
  const sets = [...found.values()];
  // What several selectors have found is put in order, as in Prometheus.
  if (selectors.length > 1) sets.sort(compareLabels);
  return cut(sets, wanted.most, (labels) => labels.toObject());
}

/** `/api/v1/labels` */
export async function labelNames(form: Form, served: Served, signal: AbortSignal): Promise<Answer> {
  const wanted = wantedOf(form);
  const selectors = plainly(() => selectorsIn(form, served));
  const found = new Set<string>();
  let last: readonly string[] | undefined;
  await eachSeries(served, selectors, wanted, signal, ({ names }) => {
    // Series of one family often share the list.
    if (names === last) return;
    last = names;
    for (const name of names) found.add(name);
  });
  return cut([...found].sort(compareBytes), wanted.most);
}

/** `/api/v1/label/<name>/values` */
export async function labelValues(
  form: Form,
  served: Served,
  signal: AbortSignal,
  escaped: string,
): Promise<Answer> {
  const name = unescapedName(escaped);
  if (name === '') throw new Refused('bad_data', `invalid label name: ${quoted(name)}`);
  const wanted = wantedOf(form);
  const selectors = plainly(() => selectorsIn(form, served));
  const found = new Set<string>();
  await eachSeries(served, selectors, wanted, signal, (labels) => found.add(labels.get(name)));
  found.delete('');
  return cut([...found].sort(compareBytes), wanted.most);
}

function wantedOf(form: Form): Wanted {
  const most = parameter('limit', () => limit(form.get('limit')));
  const read = (name: string, otherwise: number) =>
    parameter(name, () => optionalTime(name, form.get(name), otherwise));
  return { most, start: read('start', MIN_TIME), end: read('end', MAX_TIME) };
}

/** Calls `visit` with the labels of each series that has samples then and that a selector selects. */
async function eachSeries(
  { history }: Served,
  selectors: readonly (readonly Matcher[])[],
  { start, end }: Wanted,
  signal: AbortSignal,
  visit: (labels: LabelSet) => void,
): Promise<void> {
  if (end < start) return;
  const patience = patienceUntil(signal);
  for (const matchers of selectors.length > 0 ? selectors : [[]]) {
    // The source leaves out what is at the start itself.
    const found = await selectPatiently(history.source, matchers, start - 1, end, patience);
    for (let i = 0; i < found.length; i++) {
      if (i % AT_ONCE === AT_ONCE - 1) {
        await nextTurn();
        throwIfAborted(signal);
      }
      const { labels, begin, end } = found[i]!;
      if (begin < end) visit(labels);
    }
  }
}

function cut<T>(
  found: readonly T[],
  most: number,
  shown: (one: T) => unknown = (one) => one,
): Answer {
  const isCut = most > 0 && found.length > most;
  const data = (isCut ? found.slice(0, most) : found).map(shown);
  return isCut ? { data, warnings: [TRUNCATED] } : { data };
}

/** Here Prometheus does not say which parameter is wrong. */
function plainly<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Wrong ? new Refused('bad_data', error.message) : error;
  }
}

const UNICODE = /^U__(?:[^_]|__|_[\da-f]{1,6}_)*$/i;
const ESCAPED = /__|_([\da-f]{1,6})_/gi;

/** Undoes `U__`, by which names get into a URL that Prometheus' rules for names do not allow. */
function unescapedName(escaped: string): string {
  if (!UNICODE.test(escaped)) return escaped;
  try {
    return escaped
      .slice('U__'.length)
      .replace(ESCAPED, (_, code) =>
        code ? String.fromCodePoint(Number.parseInt(code, 16)) : '_',
      );
  } catch {
    return escaped; // there is no such code point
  }
}
