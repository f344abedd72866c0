import type { Attributes, Context } from '@opentelemetry/api';

/** The kinds of instrument, as `@opentelemetry/sdk-metrics` calls them. */
export const InstrumentType = {
  COUNTER: 'COUNTER',
  GAUGE: 'GAUGE',
  HISTOGRAM: 'HISTOGRAM',
  UP_DOWN_COUNTER: 'UP_DOWN_COUNTER',
  OBSERVABLE_COUNTER: 'OBSERVABLE_COUNTER',
  OBSERVABLE_GAUGE: 'OBSERVABLE_GAUGE',
  OBSERVABLE_UP_DOWN_COUNTER: 'OBSERVABLE_UP_DOWN_COUNTER',
} as const;
export type InstrumentType = keyof typeof InstrumentType;

/** The ways to count, with the numbers that `@opentelemetry/sdk-metrics` gives them. */
export const AggregationType = {
  DEFAULT: 0,
  DROP: 1,
  SUM: 2,
  LAST_VALUE: 3,
  EXPLICIT_BUCKET_HISTOGRAM: 4,
  EXPONENTIAL_HISTOGRAM: 5,
} as const;
export type AggregationType = (typeof AggregationType)[keyof typeof AggregationType];

/** Has `process()`, which changes the attributes of each recording. It must return another object if it does. */
export type AttributesProcessor = Readonly<
  Record<'process', (incoming: Attributes, context?: Context) => Attributes>
>;

export interface AggregationOption {
  readonly type: AggregationType;
  readonly options?:
    | {
        /** Upper bounds; those of the instrument do not count then. */
        readonly boundaries?: readonly number[] | undefined;
        /** The most buckets of an exponential histogram; 160 unless given. */
        readonly maxSize?: number | undefined;
        /** Is taken for compatibility: minimum and maximum are not recorded. */
        readonly recordMinMax?: boolean | undefined;
      }
    | undefined;
}

/** Says how some instruments are counted, in the words of `@opentelemetry/sdk-metrics`. */
export interface ViewOptions {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly aggregation?: AggregationOption | undefined;
  readonly attributesProcessors?: readonly AttributesProcessor[] | undefined;
  /** The most attribute sets, one of which takes what is too much. The series limit of the collector also holds. */
  readonly aggregationCardinalityLimit?: number | undefined;
  /** The instruments that are meant. A `*` stands for anything. */
  readonly instrumentName?: string | undefined;
  readonly instrumentType?: InstrumentType | undefined;
  readonly instrumentUnit?: string | undefined;
  readonly meterName?: string | undefined;
  readonly meterVersion?: string | undefined;
  readonly meterSchemaUrl?: string | undefined;
}

/** Keeps only the attributes that are named. */
export function createAllowListAttributesProcessor(names: readonly string[]): AttributesProcessor {
  return filter((name) => names.includes(name));
}

/** Leaves out the attributes that are named. */
export function createDenyListAttributesProcessor(names: readonly string[]): AttributesProcessor {
  return filter((name) => !names.includes(name));
}

const PROCESS = 'process';

const filter = (isKept: (name: string) => boolean): AttributesProcessor => ({
  [PROCESS]: (incoming) =>
    Object.fromEntries(Object.entries(incoming).filter(([name]) => isKept(name))),
});
