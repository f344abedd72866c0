import type { Attributes, Context } from '@opentelemetry/api';

/** The kinds of instrument, as `@opentelemetry/sdk-metrics` calls them. */
export const InstrumentType = {
  /** A sum that only grows. */
  COUNTER: 'COUNTER',
  /** A value that is set. */
  GAUGE: 'GAUGE',
  /** Observations, counted in buckets. */
  HISTOGRAM: 'HISTOGRAM',
  /** A sum that goes up and down. */
  UP_DOWN_COUNTER: 'UP_DOWN_COUNTER',
  /** A sum that only grows and is read from a callback. */
  OBSERVABLE_COUNTER: 'OBSERVABLE_COUNTER',
  /** A value that is read from a callback. */
  OBSERVABLE_GAUGE: 'OBSERVABLE_GAUGE',
  /** A sum that goes up and down and is read from a callback. */
  OBSERVABLE_UP_DOWN_COUNTER: 'OBSERVABLE_UP_DOWN_COUNTER',
} as const;
/** The name of a kind of instrument. */
export type InstrumentType = keyof typeof InstrumentType;

/** The ways to count, with the numbers that `@opentelemetry/sdk-metrics` gives them. */
export const AggregationType = {
  /** What the kind of instrument has by itself. */
  DEFAULT: 0,
  /** Nothing is recorded. */
  DROP: 1,
  /** The sum of the values. */
  SUM: 2,
  /** The last value. */
  LAST_VALUE: 3,
  /** A histogram with bounds that are given. */
  EXPLICIT_BUCKET_HISTOGRAM: 4,
  /** A histogram whose buckets follow from a formula. */
  EXPONENTIAL_HISTOGRAM: 5,
} as const;
/** The number of a way to count. */
export type AggregationType = (typeof AggregationType)[keyof typeof AggregationType];

/** Has `process()`, which changes the attributes of each recording. It must return another object if it does. */
export type AttributesProcessor = Readonly<
  Record<'process', (incoming: Attributes, context?: Context) => Attributes>
>;

/** How the values of an instrument are counted. */
export interface AggregationOption {
  /** The way to count. */
  readonly type: AggregationType;
  /** The options of that way. */
  readonly options?:
    | {
        /** Upper bounds; those of the instrument do not count then. */
        readonly boundaries?: readonly number[] | undefined;
        /**
         * The most buckets of an exponential histogram.
         * @defaultValue 160
         */
        readonly maxSize?: number | undefined;
        /** Is taken for compatibility: minimum and maximum are not recorded. */
        readonly recordMinMax?: boolean | undefined;
      }
    | undefined;
}

/** Says how some instruments are counted, in the words of `@opentelemetry/sdk-metrics`. */
export interface ViewOptions {
  /** What the instrument is called instead. It must not be given for several instruments. */
  readonly name?: string | undefined;
  /** The description that it has instead. */
  readonly description?: string | undefined;
  /** How it is counted. Unless given, as its kind of instrument is. */
  readonly aggregation?: AggregationOption | undefined;
  /** What changes the attributes of each recording, in this order. */
  readonly attributesProcessors?: readonly AttributesProcessor[] | undefined;
  /** The most attribute sets, one of which takes what is too much. The series limit of the collector also holds. */
  readonly aggregationCardinalityLimit?: number | undefined;
  /** The instruments that are meant. A `*` stands for anything. */
  readonly instrumentName?: string | undefined;
  /**
   * The kind of instrument that is meant.
   * @defaultValue any
   */
  readonly instrumentType?: InstrumentType | undefined;
  /**
   * The unit of the instruments that are meant.
   * @defaultValue any
   */
  readonly instrumentUnit?: string | undefined;
  /**
   * The name of the meter whose instruments are meant.
   * @defaultValue any
   */
  readonly meterName?: string | undefined;
  /**
   * The version of the meter.
   * @defaultValue any
   */
  readonly meterVersion?: string | undefined;
  /**
   * The schema of the meter.
   * @defaultValue any
   */
  readonly meterSchemaUrl?: string | undefined;
}

/**
 * Keeps only the attributes that are named.
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { createAllowListAttributesProcessor, meterProvider } from 'utilityfog-telemetry/opentelemetry';
 *
 * const collector = new TelemetryCollector();
 * meterProvider(collector, {
 *   views: [
 *     {
 *       instrumentName: 'orders',
 *       attributesProcessors: [createAllowListAttributesProcessor(['country'])],
 *     },
 *   ],
 * });
 * ```
 */
export function createAllowListAttributesProcessor(names: readonly string[]): AttributesProcessor {
  return filter((name) => names.includes(name));
}

/**
 * Leaves out the attributes that are named.
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { createDenyListAttributesProcessor, meterProvider } from 'utilityfog-telemetry/opentelemetry';
 *
 * const collector = new TelemetryCollector();
 * meterProvider(collector, {
 *   views: [
 *     {
 *       instrumentName: '*',
 *       attributesProcessors: [createDenyListAttributesProcessor(['user.id'])],
 *     },
 *   ],
 * });
 * ```
 */
export function createDenyListAttributesProcessor(names: readonly string[]): AttributesProcessor {
  return filter((name) => !names.includes(name));
}

const PROCESS = 'process';

const filter = (isKept: (name: string) => boolean): AttributesProcessor => ({
  [PROCESS]: (incoming) =>
    Object.fromEntries(Object.entries(incoming).filter(([name]) => isKept(name))),
});
