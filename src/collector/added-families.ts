import { cellsPerSeries, type Labels, type MetricFamily, textOf } from '../model.ts';
import { clashing } from './clashing.ts';
import { areLabelValues, isDefinition } from './thread-claims.ts';

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
  const known = new Map(shown.map((family) => [family.name, family]));
  const sound: MetricFamily[] = [];
  const refused: string[] = [];
  for (const given of added) {
    const name = textOf(given?.name).slice(0, 100);
    const family = { ...given, labels: { ...labels, ...given?.labels } };
    if (!isSound(family)) refused.push(`the family "${name}" is not sound`);
    else if (known.has(name) || clashing(known, family, (one) => one).length > 0) {
      refused.push(`there is a family "${name}" already`);
    } else {
      known.set(name, family);
      sound.push(family);
    }
  }
  return { sound, refused: refused.length > 0 ? refused.join('; ') : undefined };
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
