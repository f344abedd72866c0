/** Names series for a legend. */
export type SeriesLabels = Readonly<Record<string, string>>;

/**
 * Returns a short name for each series: only the labels in which they differ, since the rest is the same for all
 * and stands in the expression. A lone series has all of its labels.
 */
export function shortNames(series: readonly SeriesLabels[]): string[] {
  if (series.length === 1) return [seriesName(series[0]) || 'value'];
  const labels = new Set(series.flatMap((one) => Object.keys(one)));
  const differing = [...labels].filter((label) => {
    return series.some((one) => one[label] !== series[0][label]);
  });
  return series.map((one) => {
    const kept = differing.filter((label) => one[label] !== undefined);
    if (kept.length === 1 && differing.length === 1) return one[kept[0]];
    return seriesName(Object.fromEntries(kept.map((label) => [label, one[label]]))) || '{}';
  });
}

/** Returns the series as PromQL writes it: `name{label="value"}`. */
export function seriesName({ __name__: name = '', ...labels }: SeriesLabels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return name + (pairs.length > 0 ? `{${pairs.join(', ')}}` : '');
}
