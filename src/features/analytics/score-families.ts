import type { Labels, MetricFamily, SeriesLabels } from '../../model.ts';
import { numberFamily } from '../number-family.ts';
import type { RunningWatch } from './running-watch.ts';
import { ownLabelNames, shownLabels } from './shown-labels.ts';
import type { WatchedSeries } from './watched-series.ts';

const SCORES: readonly (readonly [
  name: string,
  description: string,
  value: (of: WatchedSeries) => number,
])[] = [
  ['score', 'How unusual the last value of a series is, from 0 to 1', (of) => of.score],
  ['expected', 'The value that was expected of a series', (of) => of.expected],
  ['low', 'Smaller values of a series are unusual', (of) => of.low],
  ['high', 'Greater values of a series are unusual', (of) => of.high],
];

/** More labels of all series together are not shown, since a family has the same for all of its series. */
const MOST_LABELS = 100;

/** Shows the scores of all series that are watched as metric families. */
export class ScoreFamilies {
  #version = -1;
  #constants: Labels | undefined;
  #rows: readonly WatchedSeries[] = [];
  /** The same list as long as the series are the same: formats remember what they have written of it. */
  #series: readonly SeriesLabels[] = [];

  /**
   * @param version another number whenever a series has come or gone
   * @param constants labels that every series gets anyway
   */
  families(watches: Iterable<RunningWatch>, version: number, constants: Labels): MetricFamily[] {
    if (version !== this.#version || constants !== this.#constants) {
      this.#version = version;
      this.#constants = constants;
      this.#list(watches, constants);
    }
    const [rows, series] = [this.#rows, this.#series];
    return SCORES.map(([name, description, value]) =>
      numberFamily(
        `telemetry_anomaly_${name}`,
        description,
        series,
        Float64Array.from(rows, value),
      ),
    );
  }

  #list(watches: Iterable<RunningWatch>, constants: Labels): void {
    const found: { watch: string; of: WatchedSeries; labels: Labels }[] = [];
    const names = new Set<string>();
    for (const { plan, series } of watches) {
      for (const of of series) {
        const labels = shownLabels(of.labels, constants);
        for (const name of Object.keys(labels)) names.add(name);
        found.push({ watch: plan.name, of, labels });
      }
    }
    const others = [...names].slice(0, MOST_LABELS);
    const labelNames = [...ownLabelNames(constants), ...others];
    const seen = new Set<string>();
    const rows: WatchedSeries[] = [];
    const series: SeriesLabels[] = [];
    for (const { watch, of, labels } of found) {
      const labelValues = [watch, of.statistic, ...others.map((name) => labels[name] ?? '')];
      // Labels that cannot be shown may be all in which two series differ.
      const key = JSON.stringify(labelValues);
      if (seen.has(key)) continue;
      seen.add(key);
      rows.push(of);
      series.push({ labelNames, labelValues });
    }
    this.#rows = rows;
    this.#series = series;
  }
}
