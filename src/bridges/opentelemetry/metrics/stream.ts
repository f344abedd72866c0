import { type Attributes, type Context, context as contexts } from '@opentelemetry/api';
import { attributesText, OVERFLOW } from '../attributes.ts';
import { AttributeIndex } from './attribute-index.ts';
import type { Family } from './families.ts';
import { type Series, type SeriesKey, seriesKey } from './series.ts';
import type { ViewOptions } from './view-options.ts';

type AnyAttributes = Readonly<Record<string, unknown>>;

/** What one instrument, by one view, records: finds the series of attributes. */
export class Stream {
  readonly family: Family;
  readonly #instrument: string;
  readonly #processors: NonNullable<ViewOptions['attributesProcessors']>;
  /** The most attribute sets; `Infinity` if only the limit of the collector holds. */
  readonly #limit: number;
  readonly #texts = new Set<string>();
  readonly #index = new AttributeIndex<Series>();
  #bare: Series | undefined;

  /** @param instrument the text of `INSTRUMENT_LABELS` */
  constructor(family: Family, instrument: string, view: ViewOptions) {
    this.family = family;
    this.#instrument = instrument;
    this.#processors = view.attributesProcessors ?? [];
    this.#limit = view.aggregationCardinalityLimit ?? Infinity;
  }

  /** @throws what the attributes or a processor throw */
  series(attributes: Attributes | undefined, context: Context | undefined): Series {
    let given: AnyAttributes | undefined = attributes;
    if (this.#processors.length > 0) given = this.processed(attributes ?? {}, context);
    if (given === undefined || given === null) return (this.#bare ??= this.#make({}));
    return this.#index.find(given) ?? this.#make(given);
  }

  /** Returns what the processors of the view make of attributes. */
  processed(attributes: Attributes, context = contexts.active()): AnyAttributes {
    return this.#processors.reduce((given, one) => one.process(given, context), attributes);
  }

  #make(attributes: AnyAttributes): Series {
    const series = this.family.metric.labels(this.key(attributes)) as Series;
    this.#index.keep(attributes, series);
    return series;
  }

  /** Returns the labels of a set of attributes, or of the overflow set beyond the limit. */
  key(attributes: AnyAttributes): SeriesKey {
    let text = attributesText(attributes);
    const texts = this.#texts;
    if (this.#limit < Infinity && !texts.has(text)) {
      if (texts.size < this.#limit - 1) texts.add(text);
      else text = OVERFLOW;
    }
    return seriesKey(this.#instrument, text);
  }
}
