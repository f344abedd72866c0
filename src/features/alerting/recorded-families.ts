import { isLegacyLabelName, isLegacyMetricName } from '../../kinds/names.ts';
import type { Labels, MetricFamily, SeriesLabels } from '../../model.ts';
import type { FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import { numberFamily } from '../number-family.ts';
import type { Group } from './group.ts';
import { histogramFamily, isShownHistogram } from './recorded-histograms.ts';
import type { RuleSample } from './rule-run.ts';

/** So many series of a name are shown, as of any other metric. */
const MOST_SERIES = 2000;

interface Known {
  readonly key: string;
  readonly series: readonly SeriesLabels[];
}

/** Shows what rules have made last as metric families, for scrapers and exporters. */
export class RecordedFamilies {
  readonly #groups: readonly Group[];
  /** By name: formats remember what they have written of a list as long as it is the same. */
  readonly #known = new Map<string, Known>();

  constructor(groups: readonly Group[]) {
    this.#groups = groups;
  }

  /** @param constants labels that every series gets anyway: those of the collector */
  families(constants: Labels): MetricFamily[] {
    const byName = new Map<string, Map<string, RuleSample>>();
    for (const sample of this.#samples()) {
      const name = sample.labels.get('__name__');
      const samples = byName.get(name) ?? new Map<string, RuleSample>();
      byName.set(name, samples);
      // Two rules may make the same series. The last one counts, as in the history.
      if (samples.size < MOST_SERIES && isShown(sample, constants)) {
        samples.set(sample.labels.key, sample);
      }
    }
    return [...byName]
      .filter(([name]) => isLegacyMetricName(name))
      .map(([name, samples]) => this.#family(name, [...samples.values()], constants));
  }

  *#samples(): Iterable<RuleSample> {
    for (const { rules } of this.#groups) for (const { samples } of rules) yield* samples;
  }

  #family(name: string, all: readonly RuleSample[], constants: Labels): MetricFamily {
    // A family has one kind of samples. Of a name that has both, the numbers are shown.
    const numbers = all.filter(({ value }) => typeof value === 'number');
    const samples = numbers.length > 0 ? numbers : all;
    const key = samples.map(({ labels }) => labels.key).join();
    let known = this.#known.get(name);
    if (known?.key !== key) {
      known = { key, series: seriesOf(samples, constants) };
      this.#known.set(name, known);
    }
    const values = samples.map(({ value }) => value);
    const isOfNumbers = values.every((value) => typeof value === 'number');
    const description = 'A series of a rule';
    const family = isOfNumbers
      ? numberFamily(name, description, known.series, Float64Array.from(values))
      : histogramFamily(name, description, known.series, values as FloatHistogram[]);
    return { ...family, isDerived: true };
  }
}

/** Not every reader takes other names, and a constant label has one value only. */
function isShown({ labels: { names, values }, value }: RuleSample, constants: Labels): boolean {
  const isHistogram = typeof value !== 'number';
  if (isHistogram && !isShownHistogram(value)) return false;
  return names.every(
    (name, i) =>
      name === '__name__' ||
      (isLegacyLabelName(name) &&
        !(isHistogram && name === 'le') &&
        (!Object.hasOwn(constants, name) || constants[name] === values[i])),
  );
}

/** A family has the same names of labels in all series. An empty label is none. */
function seriesOf(samples: readonly RuleSample[], constants: Labels): SeriesLabels[] {
  const all = new Set(samples.flatMap(({ labels }) => labels.names));
  const labelNames = [...all].filter(
    (name) => name !== '__name__' && !Object.hasOwn(constants, name),
  );
  return samples.map(({ labels }) => ({
    labelNames,
    labelValues: labelNames.map((name) => labels.get(name)),
  }));
}
