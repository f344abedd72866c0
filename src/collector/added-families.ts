import type { Kind, Kinds } from '../kinds/kind.ts';
import type { NameRule } from '../kinds/names.ts';
import { TakenNames } from '../kinds/taken-names.ts';
import { type Labels, type MetricFamily, numbersPerSeries, textOf } from '../model.ts';
import { areLabelValues, soundDefinition } from './thread-claims.ts';

/**
 * Returns what a part adds, as far as every scraper can read it. A name that comes twice would spoil the
 * whole exposition.
 * @param shown the families that are shown already
 * @param labels the labels that every series gets
 * @param rule which names they may have
 */
export function soundFamilies(
  added: readonly MetricFamily[],
  shown: readonly MetricFamily[],
  labels: Labels,
  kinds: Kinds,
  rule: NameRule,
): { sound: MetricFamily[]; refused: string | undefined } {
  const taken = new TakenNames<string>();
  const show = (family: MetricFamily) => {
    taken.add(family.name, family.name, kindOf(family, kinds));
  };
  const sound: MetricFamily[] = [];
  const refused: string[] = [];
  if (added.length > 0) shown.forEach(show);
  for (const given of added) {
    const name = textOf(given?.name).slice(0, 100);
    const labelled = { ...given, labels: { ...labels, ...given?.labels } };
    const family = soundFamily(labelled, kinds, rule);
    if (!family) {
      const isNamedOtherwise = soundFamily(labelled, kinds, 'utf8') !== undefined;
      const remedy = isNamedOtherwise ? " without names: 'utf8'" : '';
      refused.push(`the family "${name}" is not sound${remedy}`);
      continue;
    }
    const [other] = taken.owners(family.name, kindOf(family, kinds));
    if (other) {
      const [owner, written] = other;
      refused.push(
        owner === family.name
          ? `there is a family "${name}" already`
          : `the families "${name}" and "${owner}" write the same samples, as they are or escaped (${written})`,
      );
    } else {
      show(family);
      sound.push(family);
    }
  }
  return { sound, refused: refused.length > 0 ? refused.join('; ') : undefined };
}

/**
 * Returns the kind of a family, with all the names that it may write: OpenMetrics has other ones for histograms whose
 * counts may fall, which only rules make.
 */
function kindOf({ type, natives }: MetricFamily, kinds: Kinds): Kind {
  const kind = kinds.get(type)!;
  if (!natives?.some(({ floats }) => floats)) return kind;
  const occupies = (name: string) => [
    ...(kind.occupies?.(name) ?? []),
    `${name}_gsum`,
    `${name}_gcount`,
  ];
  return { ...kind, occupies };
}

function soundFamily(family: MetricFamily, kinds: Kinds, rule: NameRule): MetricFamily | undefined {
  const { natives } = family;
  const shape = natives ? kinds.get(family.type)?.claims?.ofNatives?.(natives) : family;
  const definition = soundDefinition({ ...family, shape }, kinds, rule);
  if (!definition) return undefined;
  const { shape: own, ...head } = definition;
  const data = kinds.get(head.type)!.data(own);
  const { series, values, isDerived = false, exemplars } = family;
  // The class is not checked, since it may be of another realm.
  const areNumbers = Object.prototype.toString.call(values) === '[object Float64Array]';
  if (data.data !== family.data || !areNumbers || !Array.isArray(series)) return undefined;
  if (values.length !== series.length * numbersPerSeries(data)) return undefined;
  if (!series.every((one) => isSeriesOf(family, one))) return undefined;
  if (natives && natives.length !== series.length) return undefined;
  const told = exemplars && areExemplars(exemplars) ? exemplars : undefined;
  const more = {
    ...(isDerived && { isDerived: true }),
    ...(told && { exemplars: told }),
    ...(natives && { natives }),
  };
  return { ...head, ...data, series, values, ...more };
}

/** Whether formats can write them. Otherwise the family is shown without. */
function areExemplars(exemplars: NonNullable<MetricFamily['exemplars']>): boolean {
  return [...exemplars.values()].flat().every((one) => {
    if (one === undefined) return true;
    const { labels, value, timestamp } = one;
    const areTexts = Object.values(labels).every((text) => typeof text === 'string');
    return areTexts && Number.isFinite(value) && Number.isFinite(timestamp);
  });
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
