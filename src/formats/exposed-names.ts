import { type Escaping, escapedName } from '../kinds/escaping.ts';
import {
  isLegacyLabelName,
  isLegacyMetricName,
  LABEL_NAME,
  METRIC_NAME,
  type NamePatterns,
} from '../kinds/names.ts';
import { type MetricFamily, OVERFLOW_LABEL, type SeriesData } from '../model.ts';
import { itself, type NamedFamily } from './names.ts';

/** What samples append to the names of their families. */
const SUFFIXES: Readonly<Record<SeriesData['data'], readonly string[]>> = {
  number: [''],
  states: [''],
  quantiles: ['', '_sum', '_count'],
  buckets: ['', '_bucket', '_sum', '_count'],
};

/** How many families are looked at before the thread may do something else. */
const STEP = 256;

/** What the families of a snapshot are called. */
export interface Naming {
  readonly families: readonly NamedFamily[];
  /** The same text for schemes that make the same exposition: all, if there is nothing to escape. */
  readonly variant: string;
}

function isOdd(family: MetricFamily): boolean {
  return !isLegacyMetricName(family.name) || hasOddLabels(family);
}

function hasOddLabels(family: MetricFamily): boolean {
  return !labelsOf(family).every(isLegacyLabelName);
}

/** A state set has a label that is called like itself. */
function labelsOf({ data, name, labelNames, labels }: MetricFamily): string[] {
  return [...(data === 'states' ? [name] : []), ...Object.keys(labels), ...labelNames];
}

/** Does the same as `namingOf`, in one step. */
export function namedFamilies(
  families: readonly MetricFamily[],
  scheme: Escaping,
): readonly NamedFamily[] {
  const work = namingOf(families, scheme);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value.families;
  }
}

/**
 * Says how families are called where names are escaped by a scheme, in parts. No two of them get the same
 * name, and no two labels of a series, since no reader takes such an exposition. A name that is taken already
 * is escaped by `values`, which tells all names apart.
 */
export function* namingOf(
  families: readonly MetricFamily[],
  scheme: Escaping,
): Generator<void, Naming> {
  const named: NamedFamily[] = [];
  let hasOdd = false;
  let hasExemplars = false;
  for (const family of families) {
    if (named.length % STEP === 0) yield;
    hasOdd ||= isOdd(family);
    // The labels of exemplars have names of their own.
    hasExemplars ||= family.exemplars !== undefined;
    named.push({ family, name: family.name, label: itself });
  }
  const isEscaped = hasOdd && scheme !== 'allow-utf-8';
  return {
    families: isEscaped ? yield* escapedFamilies(families, scheme) : named,
    variant: hasOdd || hasExemplars ? scheme : 'any',
  };
}

function* escapedFamilies(
  families: readonly MetricFamily[],
  scheme: Escaping,
): Generator<void, readonly NamedFamily[]> {
  const taken = new Set<string>();
  const take = (name: string, { data }: MetricFamily) => {
    for (const suffix of SUFFIXES[data]) taken.add(name + suffix);
  };
  for (const [i, family] of families.entries()) {
    if (i % STEP === 0) yield;
    if (isLegacyMetricName(family.name)) take(family.name, family);
  }
  const named: NamedFamily[] = [];
  for (const family of families) {
    if (named.length % STEP === 0) yield;
    let { name } = family;
    if (!isLegacyMetricName(name)) {
      const isTaken = (one: string) => SUFFIXES[family.data].some((end) => taken.has(one + end));
      name = freeName(name, scheme, METRIC_NAME, isTaken);
      take(name, family);
    }
    named.push({ family, name, label: labelNames(family, scheme, name) });
  }
  return named;
}

/** Returns the names of the labels of a family. They are all known, so that each has one name only. */
function labelNames(
  family: MetricFamily,
  scheme: Escaping,
  exposed: string,
): (name: string) => string {
  if (!hasOddLabels(family)) return itself;
  const all = labelsOf(family);
  // Samples use these themselves.
  const taken = new Set(['le', 'quantile', OVERFLOW_LABEL, ...all.filter(isLegacyLabelName)]);
  const names = new Map<string, string>();
  const isTaken = (name: string) => taken.has(name) || !isLegacyLabelName(name);
  for (const name of all) {
    if (isLegacyLabelName(name) || names.has(name)) continue;
    const isState = family.data === 'states' && name === family.name;
    const free = freeName(isState ? exposed : name, scheme, LABEL_NAME, isTaken);
    taken.add(free);
    names.set(name, free);
  }
  return (name) => names.get(name) ?? name;
}

function freeName(
  name: string,
  scheme: Escaping,
  patterns: NamePatterns,
  isTaken: (name: string) => boolean,
): string {
  let escaped = escapedName(name, scheme, patterns);
  if (isTaken(escaped)) escaped = escapedName(name, 'values', patterns);
  // Somebody may have registered the escaped form of another name.
  while (isTaken(escaped)) escaped = `U_${escaped}`;
  return escaped;
}
