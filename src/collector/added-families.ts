import { cellsPerSeries, type Labels, type MetricFamily, textOf } from '../model.ts';
import { areLabelValues, isDefinition } from './thread-claims.ts';

/** What a histogram `x` writes besides. */
const SUFFIXES = ['_bucket', '_sum', '_count'];

/**
 * What a part adds, as far as every scraper can read it: a name that comes twice would spoil all of the
 * exposition.
 * @param shown what is shown already
 * @param labels on every series
 */
export function soundFamilies(
  added: readonly MetricFamily[],
  shown: readonly MetricFamily[],
  labels: Labels,
): { sound: MetricFamily[]; refused: string | undefined } {
  const taken = new Set(shown.flatMap(namesOf));
  const sound: MetricFamily[] = [];
  const refused: string[] = [];
  for (const given of added) {
    const name = textOf(given?.name).slice(0, 100);
    const family = { ...given, labels: { ...labels, ...given?.labels } };
    if (!isSound(family)) refused.push(`the family "${name}" is not sound`);
    else if (namesOf(family).some((one) => taken.has(one))) {
      refused.push(`there is a family "${name}" already`);
    } else {
      for (const one of namesOf(family)) taken.add(one);
      sound.push(family);
    }
  }
  return { sound, refused: refused.length > 0 ? refused.join('; ') : undefined };
}

function namesOf({ name, type }: MetricFamily): string[] {
  return type === 'histogram' ? [name, ...SUFFIXES.map((suffix) => name + suffix)] : [name];
}

function isSound(family: MetricFamily): boolean {
  if (!isDefinition(family)) return false;
  const { series, values } = family;
  // Not by its class, which may be of another realm.
  const areCells = Object.prototype.toString.call(values) === '[object Float64Array]';
  if (!areCells || !Array.isArray(series)) return false;
  return (
    values.length === series.length * cellsPerSeries(family) &&
    series.every((one) => isSeriesOf(family, one))
  );
}

function isSeriesOf(family: MetricFamily, series: unknown): boolean {
  const { labelNames, labelValues } = (series ?? {}) as Partial<MetricFamily['series'][number]>;
  if (!Array.isArray(labelNames) || !Array.isArray(labelValues)) return false;
  const isSame =
    labelNames.length === family.labelNames.length &&
    labelNames.every((name, i) => name === family.labelNames[i]);
  const areTexts = labelValues.every((value) => typeof value === 'string');
  return (
    isSame && labelValues.length === labelNames.length && areTexts && areLabelValues(labelValues)
  );
}
