/** What a request of OTLP says, as far as it can be added up. */
import { malformed, Refused } from './answer.ts';

/** How many messages a request may hold: each takes much more memory than the two bytes it may be. */
const MOST_MESSAGES = 20_000;
/** What is longer is no label of an honest page. UTF-16 units, or bytes. */
export const LONGEST_LABEL = 1024;
/** How many labels a point may have. */
export const MOST_LABELS = 32;
/** The attributes of the resource that name a sender. */
export const SENDER_ATTRIBUTES: readonly string[] = [
  'service.namespace',
  'service.name',
  'service.instance.id',
];
export const SENDER_ID = 'service.instance.id';
/** What parts texts in a key. No text holds it, since texts are made well-formed. */
export const SEPARATOR = '\ud800';

interface Point {
  /** Nanoseconds since 1970, rounded to what a number can tell. */
  readonly time: number;
  /** Names and values in turn; absent if they are no texts, too long or too many. */
  readonly labels: readonly string[] | undefined;
}

export interface NumberPoint extends Point {
  readonly value: number;
}

export interface HistogramPoint extends Point {
  readonly count: number;
  readonly sum: number | undefined;
  /** The upper bounds, without `Infinity`. */
  readonly bounds: readonly number[];
  /** How many observations are in each bucket. */
  readonly counts: readonly number[];
}

/** The buckets of one sign, from the number `offset` on, as Prometheus numbers them. */
export interface BucketList {
  readonly offset: number;
  readonly counts: readonly number[];
}

export interface NativePoint extends Point {
  readonly count: number;
  readonly sum: number | undefined;
  /** The resolution, which OpenTelemetry calls the scale. */
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: BucketList;
  readonly negative: BucketList;
}

export const NO_BUCKETS: BucketList = { offset: 0, counts: [] };
/** How many buckets of one sign a point may have: as many as a family of a collector. */
export const MOST_BUCKETS = 16_384;

/** The points of a metric. */
export type MetricData = {
  /** Whether the points say what has come since those before. */
  readonly isDelta: boolean;
} & (
  | { readonly kind: 'counter' | 'gauge'; readonly points: readonly NumberPoint[] }
  | { readonly kind: 'histogram'; readonly points: readonly HistogramPoint[] }
  | { readonly kind: 'native'; readonly points: readonly NativePoint[] }
  /** Points that cannot be added up. */
  | { readonly kind: 'other'; readonly points: readonly unknown[] }
);

export type Metric = MetricData & {
  readonly name: string;
  readonly description: string;
};

/** What one sender says. */
export interface ResourceBatch {
  /** Absent if it does not say who it is. */
  readonly sender: string | undefined;
  readonly metrics: readonly Metric[];
}

/** The enumeration `AggregationTemporality`. */
export const DELTA = 1;

/** Counts the messages of a request. */
export class Messages {
  #left = MOST_MESSAGES;

  /** @throws Refused if there are too many */
  count(): void {
    if (this.#left-- > 0) return;
    const words = `a request may hold ${MOST_MESSAGES} metrics and points at most`;
    throw new Refused('too_large', 413, words);
  }
}

/** Returns the kind of points of a `Sum`. One that may fall is a gauge, unless it tells differences. */
export function sumKind(isMonotonic: boolean, isDelta: boolean): 'counter' | 'gauge' | 'other' {
  if (isMonotonic) return 'counter';
  return isDelta ? 'other' : 'gauge';
}

/** Returns who has sent the attributes of a resource. */
export function senderOf(attributes: ReadonlyMap<string, string>): string | undefined {
  const id = attributes.get(SENDER_ID);
  if (!id) return undefined;
  return SENDER_ATTRIBUTES.map((name) => attributes.get(name) ?? '').join(SEPARATOR);
}

/** Calls a reader of bodies. What it cannot read is not what it says. @throws Refused */
export function readSafely<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw malformed(`the body is no ${what}`);
  }
}
