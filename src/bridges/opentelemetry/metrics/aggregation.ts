import { soundBounds } from '../../sound-bounds.ts';
import type { Series } from './series.ts';
import type { AggregationOption, InstrumentType } from './view-options.ts';

/** The buckets of OpenTelemetry, unless the instrument or a view says others. */
const BUCKETS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];
const MOST_BUCKETS = 1000;

/** The numbers of `AggregationType`. */
const [DROP, SUM, LAST_VALUE, EXPLICIT, EXPONENTIAL] = [1, 2, 3, 4, 5];

/** The buckets of a histogram, of one sort or of the other. */
export type CountedBuckets =
  | { readonly buckets: readonly number[]; readonly native?: undefined }
  | {
      readonly buckets?: undefined;
      readonly native: Readonly<Record<'schema' | 'maxBuckets' | 'zeroThreshold', number>>;
    };

/** How an instrument is counted. */
export interface Counted {
  readonly register: 'registerCounter' | 'registerGauge' | 'registerHistogram';
  /** The options of the metric; those of a histogram are `CountedBuckets`. */
  readonly options: object;
  readonly action: keyof Series;
}

/**
 * Returns how an instrument is counted; `undefined` if it is not.
 * @param boundaries what the instrument advises
 */
export function countedAs(
  type: InstrumentType,
  aggregation: AggregationOption | undefined,
  boundaries: unknown,
): Counted | undefined {
  const { type: way = 0, options: given } = aggregation ?? {};
  const options = given ?? {};
  if (way === DROP) return undefined;
  if (way >= EXPLICIT || (way !== SUM && way !== LAST_VALUE && type === 'HISTOGRAM')) {
    const native = { schema: 8, maxBuckets: options.maxSize ?? 160, zeroThreshold: 0 };
    const buckets = soundBuckets(options.boundaries ?? boundaries);
    return {
      register: 'registerHistogram',
      options: way === EXPONENTIAL ? { native } : { buckets },
      action: 'observe',
    };
  }
  if (way === LAST_VALUE || (way !== SUM && type.endsWith('GAUGE'))) {
    return { register: 'registerGauge', options: { combine: 'last' }, action: 'set' };
  }
  return /^(OBSERVABLE_)?COUNTER|HISTOGRAM/.test(type)
    ? { register: 'registerCounter', options: {}, action: 'increment' }
    : // What goes up and down must not be forgotten in between.
      { register: 'registerGauge', options: { expireAfter: Infinity }, action: 'increment' };
}

/** Returns upper bounds in ascending order, whatever was given. */
const soundBuckets = (given: unknown): readonly number[] =>
  Array.isArray(given) ? soundBounds(given.slice(0, MOST_BUCKETS)) : BUCKETS;
