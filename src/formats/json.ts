import {
  CONTENT_TYPES,
  type Labels,
  type MetricFamily,
  type NativeBuckets,
  type NativeHistogram,
  numbersPerSeries,
  type SeriesLabels,
  type Snapshot,
} from '../model.ts';
import { jsonText } from '../platform/realm.ts';
import { type Format, textWriter } from './format.ts';
import { formatNumber } from './sample-lines.ts';

export const json: Format = {
  name: 'json',
  mediaTypes: [{ type: 'application/json', contentType: CONTENT_TYPES.json }],
  open: () => textWriter(renderJson),
};

/** A number, or the name of one that JSON cannot write (the names Prometheus's HTTP API uses). */
export type JsonNumber = number | 'NaN' | '+Inf' | '-Inf';

/** What every series has. */
interface JsonHead {
  /** The labels, with the constant ones. */
  readonly labels: Labels;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** Since when it counts: seconds since 1970. Absent if that is not known, and where nothing is counted. */
  readonly created?: number;
  /** Observations as examples of what was counted. Absent if there are none. */
  readonly exemplars?: readonly JsonExemplar[];
}

/** An exemplar in JSON. */
export interface JsonExemplar {
  /** What leads to the example, such as `trace_id`. */
  readonly labels: Labels;
  /** The value that was recorded with it. */
  readonly value: JsonNumber;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** One series of a counter, a gauge or an info. */
export interface JsonScalar extends JsonHead {
  /** The value of the series. */
  readonly value: JsonNumber;
}

/** One series of a histogram. */
export interface JsonHistogram extends JsonHead {
  /** How many observations there are. */
  readonly count: JsonNumber;
  /** The sum of the observations. */
  readonly sum: JsonNumber;
  /**
   * For each upper bound, with `+Inf`, the number of observations at or below it (cumulative). Read it by
   * key: an object puts whole numbers before fractions.
   */
  readonly buckets: Readonly<Record<string, JsonNumber>>;
  /** Its native buckets, if it has any. */
  readonly native?: JsonNativeHistogram;
}

/** Native buckets: see `NativeHistogram`. */
export interface JsonNativeHistogram {
  /** The resolution, from -4 to 8. */
  readonly schema: number;
  /** The zero bucket reaches from the negation of this to this. */
  readonly zero_threshold: number;
  /** How many observations the zero bucket has. */
  readonly zero_count: number;
  /** The buckets above the zero bucket. */
  readonly positive: JsonNativeBuckets;
  /** The buckets below the zero bucket. */
  readonly negative: JsonNativeBuckets;
}

export interface JsonNativeBuckets {
  /** The number of the first bucket. */
  readonly offset: number;
  /** How many observations are in each; not cumulative. */
  readonly counts: readonly number[];
  /** How many observations were infinite, if any. */
  readonly infinite?: number;
}

/** One series of a summary. */
export interface JsonSummary extends JsonHead {
  /** How many observations there were in all. */
  readonly count: JsonNumber;
  /** The sum of all observations. */
  readonly sum: JsonNumber;
  /** The value at each quantile among the recent observations; `NaN` if there were none. */
  readonly quantiles: Readonly<Record<string, JsonNumber>>;
}

/** One series of a state set. */
export interface JsonStates extends JsonHead {
  /** Whether it is in each of the states. */
  readonly states: Readonly<Record<string, boolean>>;
}

export type JsonSeries = JsonScalar | JsonHistogram | JsonSummary | JsonStates;

/** What `getSnapshot()` resolves to and `JSONExporter` writes. */
export interface JsonSnapshot {
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** By family name: a list of series, or the only series if the family has no label names. */
  readonly metrics: Readonly<Record<string, JsonSeries | readonly JsonSeries[]>>;
  /** How many events are kept. */
  readonly events_count: number;
  /** Whether periodic collection is on. */
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

const familySeries = (family: MetricFamily, timestamp: number): JsonSeries[] =>
  family.series.map((_, i) => jsonSeries(family, i, timestamp));

/** Returns one series of a family as a plain object. */
export function jsonSeries(family: MetricFamily, i: number, timestamp: number): JsonSeries {
  const { labels: constant, created, exemplars } = family;
  const one = family.series[i]!;
  const since = created?.[i];
  const examples = (exemplars?.get(one) ?? []).flatMap((example) =>
    example ? [{ ...example, value: jsonNumber(example.value) }] : [],
  );
  return {
    ...seriesValue(family, i, i * numbersPerSeries(family)),
    labels: allLabels(constant, one),
    timestamp,
    ...(since && { created: since }),
    ...(examples.length > 0 && { exemplars: examples }),
  };
}

type Value<Series extends JsonSeries> = Omit<Series, keyof JsonHead>;

/** @param first where the numbers of the series begin */
function seriesValue(
  family: MetricFamily,
  i: number,
  first: number,
): Value<JsonScalar> | Value<JsonHistogram> | Value<JsonSummary> | Value<JsonStates> {
  const { values, natives } = family;
  // A state may be called `__proto__`.
  const named = (names: readonly string[], from: number) =>
    Object.fromEntries(names.map((name, at) => [name, jsonNumber(values[from + at]!)]));
  switch (family.data) {
    case 'buckets': {
      const native = natives?.[i];
      return {
        ...distribution(family.buckets, values, first),
        ...(native && { native: nativeBuckets(native) }),
      };
    }
    case 'quantiles': {
      const quantiles = named(family.quantiles.map(formatNumber), first + 2);
      return {
        count: jsonNumber(values[first + 1]!),
        sum: jsonNumber(values[first]!),
        quantiles,
      };
    }
    case 'states': {
      const states = family.states.map((state, at) => [state, values[first + at] === 1]);
      return { states: Object.fromEntries(states) };
    }
    default:
      return { value: jsonNumber(values[first]!) };
  }
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

function nativeBuckets(native: NativeHistogram): JsonNativeHistogram {
  const { schema, zeroThreshold, zeroCount, positive, negative } = native;
  const plain = ({ offset, counts, infinite }: NativeBuckets) => ({
    offset,
    counts: Array.from(counts),
    ...(infinite && { infinite }),
  });
  return {
    schema,
    zero_threshold: zeroThreshold,
    zero_count: zeroCount,
    positive: plain(positive),
    negative: plain(negative),
  };
}

/** Returns the labels of a series, with the constant ones. */
export function allLabels(constant: Labels, series: SeriesLabels): Labels {
  const labels: Record<string, string> = { ...constant };
  series.labelNames.forEach((name, i) => {
    labels[name] = series.labelValues[i]!;
  });
  return labels;
}

function jsonNumber(value: number): JsonNumber {
  return Number.isFinite(value) ? value : (formatNumber(value) as JsonNumber);
}
