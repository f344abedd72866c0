import { cellsPerSeries, type Labels, type MetricFamily, textOf } from '../model.ts';

const NAME = /^[a-zA-Z_:][\w:]*$/;
const LABEL = /^(?!__)[a-zA-Z_]\w*$/;
const TYPES = ['counter', 'gauge', 'histogram'];

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
  const names = new Set(shown.map(({ name }) => name));
  const sound: MetricFamily[] = [];
  const refused: string[] = [];
  for (const family of added) {
    const name = textOf(family?.name).slice(0, 100);
    if (names.has(name)) refused.push(`there is a family "${name}" already`);
    else if (!isSound(family)) refused.push(`the family "${name}" is not sound`);
    else {
      names.add(name);
      sound.push({ ...family, labels: { ...labels, ...family.labels } });
    }
  }
  return { sound, refused: refused.length > 0 ? refused.join('; ') : undefined };
}

function isSound(family: MetricFamily): boolean {
  try {
    return isWhole(family);
  } catch {
    // It is no family at all.
    return false;
  }
}

function isWhole(family: MetricFamily): boolean {
  const { name, type, labelNames, buckets, series, values, description, unit, labels } = family;
  const areNames = [...labelNames, ...Object.keys(labels)].every((label) => LABEL.test(label));
  const areTexts = [description, unit, ...Object.values(labels)].every(isText);
  const isDefined = NAME.test(name) && TYPES.includes(type) && areNames && areTexts;
  const areSeries = series.every(
    (one) =>
      one.labelNames.length === one.labelValues.length &&
      one.labelNames.every((label) => LABEL.test(label)) &&
      one.labelValues.every(isText),
  );
  const areCells = values.length === series.length * cellsPerSeries(family);
  return isDefined && Array.isArray(buckets) && areSeries && areCells;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
