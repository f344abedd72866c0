import type { MetricReading, ReadValue } from './values.ts';

type Aggregate = (metrics: readonly MetricReading[]) => MetricReading | undefined;

/** Returns a function that makes one reading of several, with `combine` for the values of the same labels. */
function aggregator(combine: (values: readonly number[]) => number): Aggregate {
  return (metrics) => {
    const [first] = metrics;
    if (!first) return undefined;
    const series = new Map<string, ReadValue[]>();
    for (const metric of metrics) {
      for (const value of metric.values ?? []) {
        const key = keyOf(value);
        const same = series.get(key);
        if (same) same.push(value);
        else series.set(key, [value]);
      }
    }
    const values = [...series.values()].map((same): ReadValue => {
      const { labels, metricName } = same[0]!;
      const value = combine(same.map((one) => one.value));
      return { value, labels, ...(metricName && { metricName }) };
    });
    const { help, name, type } = first;
    return { help, name, type, values, aggregator: first.aggregator };
  };
}

/** Returns a text that only the same sample with the same labels has. */
function keyOf({ metricName = '', labels = {} }: ReadValue): string {
  let key = metricName;
  for (const name of Object.keys(labels).sort()) key += `\0${name}\0${labels[name]}`;
  return key;
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

/** How the readings of several processes become one. */
export const aggregators = {
  /** Adds the values up. */
  sum: aggregator(sumOf),
  /** Takes the value of the first process. */
  first: aggregator(([first]) => first!),
  /** Leaves the metric out. */
  omit: (() => undefined) as Aggregate,
  /** Takes the mean of the values. */
  average: aggregator((values) => sumOf(values) / values.length),
  /** Takes the smallest value. */
  min: aggregator((values) => values.reduce((least, value) => Math.min(least, value), Infinity)),
  /** Takes the largest value. */
  max: aggregator((values) => values.reduce((most, value) => Math.max(most, value), -Infinity)),
};
