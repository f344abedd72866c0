import {
  CONTENT_TYPES,
  type Labels,
  type MetricFamily,
  numbersPerSeries,
  type SeriesLabels,
  type Snapshot,
} from '../model.ts';
import { jsonText } from '../platform/realm.ts';
import { type Format, textWriter } from './format.ts';
import { formatNumber } from './prometheus-text.ts';

export const json: Format = {
  name: 'json',
  mediaTypes: [{ type: 'application/json', contentType: CONTENT_TYPES.json }],
  open: () => textWriter(renderJson),
};

/** A number, or the name of one that JSON cannot write (the names Prometheus's HTTP API uses). */
export type JsonNumber = number | 'NaN' | '+Inf' | '-Inf';

/** One series of a counter or a gauge. */
export interface JsonScalar {
  readonly value: JsonNumber;
  /** The labels, with the constant ones. */
  readonly labels: Labels;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** One series of a histogram. */
export interface JsonHistogram {
  readonly count: JsonNumber;
  readonly sum: JsonNumber;
  /**
   * For each upper bound, with `+Inf`, the number of observations at or below it (cumulative). Read it by
   * key: an object puts whole numbers before fractions.
   */
  readonly buckets: Readonly<Record<string, JsonNumber>>;
  /** The labels, with the constant ones. */
  readonly labels: Labels;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

export type JsonSeries = JsonScalar | JsonHistogram;

/** What `getSnapshot()` resolves to and `JSONExporter` writes. */
export interface JsonSnapshot {
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** By family name: a list of series, or the only series if the family has no label names. */
  readonly metrics: Readonly<Record<string, JsonSeries | readonly JsonSeries[]>>;
  readonly events_count: number;
  readonly running: boolean;
}

/** Returns the snapshot as a plain object that `JSON.stringify` and `structuredClone` keep whole. */
export function toJsonSnapshot(snapshot: Snapshot): JsonSnapshot {
  const { timestamp, families, eventsCount, running } = snapshot;
  const metrics: [name: string, JsonSeries | JsonSeries[]][] = [];
  for (const family of families) {
    const entries = familySeries(family, timestamp);
    if (family.labelNames.length > 0) metrics.push([family.name, entries]);
    else if (entries.length > 0) metrics.push([family.name, entries[0]!]);
  }
  // A family may be called `__proto__`: `fromEntries` defines that property, while `metrics[name] =` would
  // set the prototype.
  return { timestamp, metrics: Object.fromEntries(metrics), events_count: eventsCount, running };
}

/** Returns the snapshot as JSON text, indented by two spaces if `pretty`. */
export function renderJson(
  snapshot: Snapshot,
  options: { readonly pretty?: boolean | undefined } = {},
): string {
  return jsonText(toJsonSnapshot(snapshot), options.pretty ? 2 : undefined);
}

function familySeries(family: MetricFamily, timestamp: number): JsonSeries[] {
  const { labels: constant, series, values } = family;
  const width = numbersPerSeries(family);
  return series.map((one, i) => {
    const labels = allLabels(constant, one);
    const first = i * width;
    return family.data === 'buckets'
      ? { ...distribution(family.buckets, values, first), labels, timestamp }
      : { value: jsonNumber(values[first]!), labels, timestamp };
  });
}

function distribution(bounds: readonly number[], values: Float64Array, first: number) {
  const buckets: Record<string, JsonNumber> = {};
  let count = 0;
  for (let i = 0; i <= bounds.length; i++) {
    count += values[first + 1 + i]!;
    buckets[formatNumber(bounds[i] ?? Infinity)] = jsonNumber(count);
  }
  return { count: jsonNumber(count), sum: jsonNumber(values[first]!), buckets };
}

function allLabels(constant: Labels, series: SeriesLabels): Labels {
  const labels: Record<string, string> = { ...constant };
  series.labelNames.forEach((name, i) => {
    labels[name] = series.labelValues[i]!;
  });
  return labels;
}

function jsonNumber(value: number): JsonNumber {
  return Number.isFinite(value) ? value : (formatNumber(value) as JsonNumber);
}
