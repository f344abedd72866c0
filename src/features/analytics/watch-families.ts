import type { Labels, MetricFamily, SeriesLabels } from '../../model.ts';
import { numberFamily } from '../number-family.ts';
import type { RunningWatch } from './running-watch.ts';
import { ownLabelNames } from './shown-labels.ts';

const FAMILIES: readonly (readonly [
  name: string,
  description: string,
  value: (of: RunningWatch) => number,
])[] = [
  ['watched_series', 'Series that a watch has detectors for', (of) => of.size],
  ['watch_refused_series', 'Series that a watch has no room for', (of) => of.refused],
  ['anomalies_total', 'Anomalies that a watch has found', (of) => of.anomalies],
  ['watch_failures_total', 'Evaluations of a watch that have failed', (of) => of.failures],
];

/** Shows how watches go. */
export class WatchFamilies {
  #names = '';
  /** The same list as long as the watches are the same. */
  #series: readonly SeriesLabels[] = [];

  /** @param constants labels that every series gets anyway */
  families(watches: readonly RunningWatch[], constants: Labels): MetricFamily[] {
    const names = watches.map(({ plan }) => plan.name);
    const now = JSON.stringify([names, constants]);
    if (now !== this.#names) {
      this.#names = now;
      const labelNames = ownLabelNames(constants).slice(0, 1);
      this.#series = names.map((name) => ({ labelNames, labelValues: [name] }));
    }
    return FAMILIES.map(([name, description, value]) => {
      const values = Float64Array.from(watches, value);
      return numberFamily(`telemetry_${name}`, description, this.#series, values);
    });
  }
}
