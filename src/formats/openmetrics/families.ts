import { isGaugeHistogram } from '../gauge-histogram.ts';
import type { NamedFamily } from '../names.ts';

export type OpenMetricsType =
  | 'counter'
  | 'gauge'
  | 'gaugehistogram'
  | 'histogram'
  | 'info'
  | 'stateset'
  | 'summary'
  | 'unknown';

/** A family as OpenMetrics knows it. */
export interface OpenMetricsFamily extends NamedFamily {
  readonly type: OpenMetricsType;
  /** Whether it may have samples that end in `_created`: no other family has that name. */
  readonly mayHaveCreated: boolean;
}

/** How many families are looked at before the thread may do something else. */
const STEP = 128;

/** The names of samples that a family of each type may have. Parsers refuse another family with these. */
const SUFFIXES: Readonly<Record<OpenMetricsType, readonly string[]>> = {
  counter: ['', '_total', '_created'],
  gauge: [''],
  gaugehistogram: ['', '_bucket', '_gsum', '_gcount'],
  histogram: ['', '_bucket', '_sum', '_count', '_created'],
  info: ['', '_info'],
  stateset: [''],
  summary: ['', '_sum', '_count', '_created'],
  unknown: [''],
};

/** What the name of a family lacks that its samples have. */
const ENDINGS: Partial<Record<OpenMetricsType, string>> = { counter: '_total', info: '_info' };

/**
 * Says what type and name families have. The name of a counter lacks the `_total` that its samples have, and
 * the name of an info lacks `_info`. If another family has that name, or one of the names of its samples, the
 * family keeps its own name and has the type `unknown`, which needs no suffix.
 */
export function* openMetricsFamilies(
  families: readonly NamedFamily[],
): Generator<undefined, readonly OpenMetricsFamily[]> {
  const own = new Set(families.map(({ name }) => name));
  const taken = new Set<string>();
  for (const [i, named] of families.entries()) {
    if (i % STEP === 0) yield;
    const type = typeOf(named);
    if (!ENDINGS[type]) for (const suffix of SUFFIXES[type]) taken.add(named.name + suffix);
  }
  const all: OpenMetricsFamily[] = [];
  for (const named of families) {
    if (all.length % STEP === 0) yield;
    all.push(openMetricsFamily(named, own, taken));
  }
  return all;
}

/**
 * @param own the names of all families
 * @param taken the names of samples that families have, to which those of this one are added
 */
function openMetricsFamily(
  named: NamedFamily,
  own: ReadonlySet<string>,
  taken: Set<string>,
): OpenMetricsFamily {
  const { family, label } = named;
  const type = typeOf(named);
  const ending = ENDINGS[type];
  if (!ending) {
    const mayHaveCreated = !own.has(`${named.name}_created`);
    return { family, name: named.name, label, type, mayHaveCreated };
  }
  const name = named.name.endsWith(ending) ? named.name.slice(0, -ending.length) : named.name;
  const samples = SUFFIXES[type].map((suffix) => name + suffix);
  const isFree = (sample: string) =>
    !taken.has(sample) && (sample === named.name || !own.has(sample));
  if (name === '' || !samples.every(isFree)) {
    return { family, name: named.name, label, type: 'unknown', mayHaveCreated: false };
  }
  for (const sample of samples) taken.add(sample);
  return { family, name, label, type, mayHaveCreated: true };
}

/** Features may add families whose type says something else than their data. */
function typeOf({ family, name, label }: NamedFamily): OpenMetricsType {
  if (family.data === 'buckets') return isGaugeHistogram(family) ? 'gaugehistogram' : 'histogram';
  if (family.data === 'quantiles') return 'summary';
  // The label must be called like the family. A colon is legal in the one name and not in the other.
  if (family.data === 'states') return label(family.name) === name ? 'stateset' : 'gauge';
  if (family.type === 'counter') return 'counter';
  if (family.type === 'gauge') return 'gauge';
  return family.type === 'info' ? 'info' : 'unknown';
}
