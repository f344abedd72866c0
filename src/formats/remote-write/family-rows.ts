import type { Escaping } from '../../kinds/escaping.ts';
import { type Labels, type MetricFamily, MetricType, type SeriesLabels } from '../../model.ts';
import { wellFormed } from '../../platform/realm.ts';
import { canonicalNumber } from '../canonical-number.ts';
import { isGaugeHistogram } from '../gauge-histogram.ts';
import type { NamedFamily } from '../names.ts';
import { samplesOf } from '../prometheus-text.ts';
import type { Sample } from '../sample-lines.ts';
import { type LabelOrder, labelOrder } from './label-order.ts';
import type { HistogramChoice } from './options.ts';

/** What rows are made of besides the family. */
export interface RowSettings {
  readonly escaping: Escaping;
  readonly extraLabels: Labels;
  readonly histograms: HistogramChoice;
}

/**
 * The series that the server will have of a family: those are the _rows_. An item of the family, which is one of
 * its series here, has a row for each bucket, for the sum, and so on.
 *
 * It holds no values, and is the same object from one snapshot to the next while the family is the same.
 */
export class FamilyRows {
  readonly name: string;
  /** How many rows each item has. */
  readonly perItem: number;
  /** Whether the first row of each item is a native histogram. All other rows are numbers. */
  readonly hasNative: boolean;
  readonly head: Pick<MetricFamily, 'data' | 'type' | 'description' | 'unit'> & {
    readonly isGauge: boolean;
  };
  readonly #settings: RowSettings;
  readonly #samples: readonly Sample[];
  readonly #labels: Labels;
  readonly #labelNames: readonly string[];
  readonly #parts: readonly (number | string)[];
  readonly #order: LabelOrder;

  constructor(named: NamedFamily, settings: RowSettings) {
    const { family, label } = named;
    const { data, type, description, unit, labels, labelNames } = family;
    this.name = named.name;
    this.head = { data, type, description, unit, isGauge: isGaugeHistogram(family) };
    this.hasNative = hasNativeRow(family, settings);
    this.#settings = settings;
    this.#samples = samplesIn(named, settings);
    this.perItem = this.#samples.length;
    this.#labels = labels;
    this.#labelNames = labelNames;
    this.#parts = partsOf(family);
    const own = this.#samples.flatMap((sample) => sample.label?.[0] ?? []);
    this.#order = labelOrder(settings.extraLabels, labels, label, wellFormed(own[0] ?? ''));
  }

  /** Whether these are the rows of that family, too. */
  isFor(named: NamedFamily, settings: RowSettings): boolean {
    const { name, family } = named;
    const { head } = this;
    return (
      name === this.name &&
      family.data === head.data &&
      family.type === head.type &&
      family.description === head.description &&
      family.unit === head.unit &&
      isGaugeHistogram(family) === head.isGauge &&
      hasNativeRow(family, settings) === this.hasNative &&
      isSameSettings(settings, this.#settings) &&
      hasSameEntries(family.labels, this.#labels) &&
      isSameList(family.labelNames, this.#labelNames) &&
      isSameList(partsOf(family), this.#parts)
    );
  }

  /** Whether a row counts from some moment on, which is when its series was created. */
  isCounting(row: number): boolean {
    const { data, type, isGauge } = this.head;
    if (isGauge) return false;
    if (data === 'quantiles') return row >= this.perItem - 2;
    return data === 'buckets' || (data === 'number' && type === MetricType.Counter);
  }

  /** Writes the labels of a row into a list, sorted: a name, its value, the next name. None is empty. */
  pairs(series: SeriesLabels, row: number, to: string[]): void {
    const { name, label } = this.#samples[row]!;
    this.#order(series, wellFormed(name), label && wellFormed(label[1]), to);
  }
}

function isSameSettings(some: RowSettings, others: RowSettings): boolean {
  return (
    some.histograms === others.histograms &&
    some.escaping === others.escaping &&
    hasSameEntries(some.extraLabels, others.extraLabels)
  );
}

function hasNativeRow({ natives }: MetricFamily, { histograms }: RowSettings): boolean {
  return natives !== undefined && histograms !== 'classic';
}

function samplesIn(named: NamedFamily, settings: RowSettings): readonly Sample[] {
  if (!hasNativeRow(named.family, settings)) return samplesOf(named, canonicalNumber);
  const native = { name: named.name };
  return settings.histograms === 'both' ? [native, ...samplesOf(named, canonicalNumber)] : [native];
}

/** Returns what tells the rows of an item from each other. */
function partsOf(family: MetricFamily): readonly (number | string)[] {
  if (family.data === 'buckets') return family.buckets;
  if (family.data === 'quantiles') return family.quantiles;
  return family.data === 'states' ? family.states : [];
}

function hasSameEntries(some: Labels, others: Labels): boolean {
  if (some === others) return true;
  const names = Object.keys(some);
  return (
    names.length === Object.keys(others).length &&
    names.every((name) => Object.hasOwn(others, name) && some[name] === others[name])
  );
}

function isSameList<T>(some: readonly T[], others: readonly T[]): boolean {
  return (
    some === others ||
    (some.length === others.length && some.every((one, i) => Object.is(one, others[i])))
  );
}
