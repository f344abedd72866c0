import { INSTRUMENT_LABELS } from '../kinds/instrument-labels.ts';
import type {
  Attribute,
  AttributeValue,
  Instrument,
  MetricFamily,
  SeriesLabels,
} from '../model.ts';
import { jsonText } from '../platform/realm.ts';
import { readAttributes, readInstrument } from './instrument-text.ts';

/** The series of a family as snapshots have them. */
type Present = Pick<MetricFamily, 'labelNames' | 'series'>;

/** A label that tells series apart whose attributes make the same labels, such as `1` and `'1'`. */
const EXACT = 'otel_attributes';
/** Names that samples of a histogram or a summary use themselves. */
const OF_SAMPLES = /^(le|quantile)$/;

/** Whether instruments of OpenTelemetry record series with these label names. */
export const areInstrumented = (labelNames: readonly string[]): boolean =>
  labelNames.length === 2 && labelNames.every((name, i) => name === INSTRUMENT_LABELS[i]);

/**
 * Makes labels of what instruments of OpenTelemetry have recorded:
 * https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#otlp-metric-points-to-prometheus
 */
export class InstrumentedSeries {
  readonly #made = new WeakMap<SeriesLabels, SeriesLabels>();
  /** The same with the label that tells it from another. */
  readonly #exact = new WeakMap<SeriesLabels, SeriesLabels>();
  readonly #keys = new WeakMap<SeriesLabels, string>();
  #instruments = new Map<string, Instrument | undefined>();
  #from: readonly SeriesLabels[] = [];
  #present: Present = { labelNames: [], series: [] };

  /** Returns the family as snapshots have it. */
  translated(family: MetricFamily): MetricFamily {
    const { exemplars } = family;
    const present = this.#presentOf(family.series);
    const own = ([name]: readonly [string, string]) => !present.labelNames.includes(name);
    return {
      ...family,
      ...present,
      // A label of a series wins over a constant label.
      labels: Object.fromEntries(Object.entries(family.labels).filter(own)),
      ...(exemplars && {
        exemplars: new Map([...exemplars].map(([one, list]) => [this.#of(one), list])),
      }),
    };
  }

  /** Returns the series for those; the same lists as long as those are the same list. */
  #presentOf(from: readonly SeriesLabels[]): Present {
    if (from === this.#from) return this.#present;
    const keys = new Set<string>();
    const names = new Set<string>();
    const used = new Map<string, Instrument | undefined>();
    const series = from.map((one) => {
      const [instrument = ''] = one.labelValues;
      used.set(instrument, this.#instrument(instrument));
      let labels = this.#of(one);
      // Two instruments may even have the same attributes.
      for (const text of [one.labelValues[1]!, jsonText(one.labelValues)]) {
        if (keys.has(this.#keyOf(labels))) labels = this.#exactly(one, text);
      }
      keys.add(this.#keyOf(labels));
      for (const name of labels.labelNames) names.add(name);
      return labels;
    });
    this.#instruments = used;
    this.#from = from;
    this.#present = { labelNames: [...names], series };
    return this.#present;
  }

  /** Returns the series for this one, which is always the same. */
  #of(one: SeriesLabels): SeriesLabels {
    const known = this.#made.get(one);
    if (known) return known;
    const [first = '', second = ''] = one.labelValues;
    const instrument = this.#instrument(first);
    const attributes = instrument && readAttributes(second);
    // The overflow series has no instrument.
    const made =
      instrument && attributes
        ? { ...labelsOf(instrument, attributes), instrumented: { instrument, attributes } }
        : one;
    this.#made.set(one, made);
    return made;
  }

  #instrument(text: string): Instrument | undefined {
    if (!this.#instruments.has(text)) this.#instruments.set(text, readInstrument(text));
    return this.#instruments.get(text);
  }

  #exactly(one: SeriesLabels, text: string): SeriesLabels {
    const known = this.#exact.get(one);
    if (known?.labelValues.at(-1) === text) return known;
    const { labelNames, labelValues, ...others } = this.#of(one);
    const made = {
      ...others,
      labelNames: [...labelNames, EXACT],
      labelValues: [...labelValues, text],
    };
    this.#exact.set(one, made);
    return made;
  }

  /** Returns a text that two series share if they have the same labels. */
  #keyOf(series: SeriesLabels): string {
    const known = this.#keys.get(series);
    if (known !== undefined) return known;
    const { labelNames, labelValues } = series;
    const key = jsonText(labelNames.map((name, i) => [name, labelValues[i]]).sort());
    this.#keys.set(series, key);
    return key;
  }
}

function labelsOf(instrument: Instrument, attributes: readonly Attribute[]): SeriesLabels {
  const labels = new Map<string, string>();
  const add = (key: string, value: AttributeValue) => {
    const name = labelName(key);
    const before = labels.get(name);
    const text = typeof value === 'object' ? jsonText(value) : String(value);
    labels.set(name, before === undefined ? text : `${before};${text}`);
  };
  for (const [key, value] of attributes) add(key, value);
  if (!instrument.isResource) {
    // These stand for what they are called like, whatever the attributes say.
    for (const [name, value] of scopeLabels(instrument)) labels.set(name, value);
  }
  labels.delete(EXACT);
  return { labelNames: [...labels.keys()], labelValues: [...labels.values()] };
}

function scopeLabels({ scope }: Instrument): (readonly [name: string, value: string])[] {
  const { name, version, schemaUrl, attributes } = scope;
  const own = attributes.map(([key, value]) => [
    `otel_scope_${labelName(key)}`,
    typeof value === 'object' ? jsonText(value) : String(value),
  ]);
  return [
    ...(own as [string, string][]),
    ['otel_scope_name', name],
    ...(version === '' ? [] : [['otel_scope_version', version] as const]),
    ...(schemaUrl === '' ? [] : [['otel_scope_schema_url', schemaUrl] as const]),
  ];
}

/** Returns the name of a label that every reader takes, and that Prometheus does not use itself. */
function labelName(key: string): string {
  const name = key.replace(/\W/g, '_').replace(/__+/g, '_') || '_';
  if (/^\d/.test(name)) return `key_${name}`;
  return OF_SAMPLES.test(name) ? `exported_${name}` : name;
}
