import { wellFormed } from '../../platform/realm.ts';
import {
  type BucketList,
  DELTA,
  type HistogramPoint,
  LONGEST_LABEL,
  Messages,
  type Metric,
  type MetricData,
  MOST_BUCKETS,
  MOST_LABELS,
  type NativePoint,
  type NumberPoint,
  type ResourceBatch,
  SENDER_ATTRIBUTES,
  senderOf,
  sumKind,
} from './batch.ts';

export type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the same as JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 *
 * Whatever is in it, only the fields that are named here are looked at, and none of their values becomes the name
 * of a property.
 * @throws Error if the bytes are none, Refused if there is too much in it
 */
export function readJson(request: Uint8Array): ResourceBatch[] {
  const messages = new Messages();
  const { resourceMetrics } = jsonOf(request);
  return listOf(resourceMetrics).map((one) => {
    messages.count();
    const { resource, scopeMetrics } = fieldsOf(one);
    const metrics = listOf(scopeMetrics).flatMap((scope) =>
      listOf(fieldsOf(scope).metrics).map((metric) => readMetric(fieldsOf(metric), messages)),
    );
    return { sender: readSender(fieldsOf(resource)), metrics };
  });
}

export function jsonOf(request: Uint8Array): Fields {
  return fieldsOf(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(request)));
}

function readSender({ attributes }: Fields): string | undefined {
  const known = new Map<string, string>();
  for (const one of listOf(attributes)) {
    const pair = readAttribute(fieldsOf(one));
    if (pair && SENDER_ATTRIBUTES.includes(pair[0])) known.set(pair[0], pair[1]);
  }
  return senderOf(known);
}

function readMetric(metric: Fields, messages: Messages): Metric {
  messages.count();
  const name = textOf(metric.name ?? '') ?? '';
  const description = textOf(metric.description ?? '') ?? '';
  return { name, description, ...readData(metric, messages) };
}

function readData(metric: Fields, messages: Messages): MetricData {
  const { gauge, sum, histogram, exponentialHistogram, summary } = metric;
  const data = fieldsOf(gauge ?? sum ?? histogram ?? exponentialHistogram ?? summary);
  const isDelta = data.aggregationTemporality === DELTA;
  const points = listOf(data.dataPoints).map((point) => {
    messages.count();
    return fieldsOf(point);
  });
  if (gauge) return { kind: 'gauge', isDelta, points: points.map(readNumber) };
  const kind = sum ? sumKind(data.isMonotonic === true, isDelta) : 'other';
  if (kind !== 'other') return { kind, isDelta, points: points.map(readNumber) };
  if (sum) return { kind, isDelta, points };
  if (histogram) return { kind: 'histogram', isDelta, points: points.map(readHistogram) };
  return exponentialHistogram
    ? { kind: 'native', isDelta, points: points.map(readNative) }
    : { kind, isDelta, points };
}

function readNumber({ timeUnixNano, attributes, asDouble, asInt }: Fields): NumberPoint {
  return {
    time: numberOf(timeUnixNano),
    labels: readLabels(attributes),
    value: numberOf(asDouble ?? asInt),
  };
}

function readHistogram(point: Fields): HistogramPoint {
  const { timeUnixNano, attributes, count, sum, bucketCounts, explicitBounds } = point;
  return {
    time: numberOf(timeUnixNano),
    labels: readLabels(attributes),
    count: numberOf(count),
    sum: sumOf(sum),
    bounds: listOf(explicitBounds).map(numberOf),
    counts: listOf(bucketCounts).map(numberOf),
  };
}

function readNative(point: Fields): NativePoint {
  const { timeUnixNano, attributes, count, sum, scale, zeroThreshold, zeroCount } = point;
  return {
    time: numberOf(timeUnixNano),
    labels: readLabels(attributes),
    count: numberOf(count),
    sum: sumOf(sum),
    schema: numberOf(scale),
    zeroThreshold: numberOf(zeroThreshold),
    zeroCount: numberOf(zeroCount),
    positive: readBuckets(fieldsOf(point.positive)),
    negative: readBuckets(fieldsOf(point.negative)),
  };
}

/** Buckets are numbered by their lower bounds here, and by their upper bounds in Prometheus. */
function readBuckets({ offset, bucketCounts }: Fields): BucketList {
  const counts = listOf(bucketCounts);
  if (counts.length > MOST_BUCKETS) throw new RangeError('too many buckets');
  return { offset: numberOf(offset) + 1, counts: counts.map(numberOf) };
}

const sumOf = (sum: unknown): number | undefined =>
  sum === undefined || sum === null ? undefined : numberOf(sum);

function readLabels(attributes: unknown): string[] | undefined {
  const all = listOf(attributes);
  if (all.length > MOST_LABELS) return undefined;
  const labels: string[] = [];
  for (const one of all) {
    const pair = readAttribute(fieldsOf(one));
    if (!pair) return undefined;
    labels.push(pair[0], pair[1]);
  }
  return labels;
}

/** Returns the name and value of an attribute; `undefined` if they are no texts, or too long. */
function readAttribute({ key, value }: Fields): readonly [string, string] | undefined {
  const { stringValue, boolValue, intValue, doubleValue } = fieldsOf(value);
  const given = stringValue ?? boolValue ?? intValue ?? doubleValue;
  const name = textOf(key);
  const text = textOf(typeof given === 'boolean' || typeof given === 'number' ? `${given}` : given);
  return name && text !== undefined ? [name, text] : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= LONGEST_LABEL ? wellFormed(value) : undefined;
}

/** Returns a number that may be written as a text; NaN if it is none. What is absent is 0. */
export function numberOf(value: unknown): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number') return value;
  const isNumber = typeof value === 'string' && /^-?(\d[\d.eE+-]{0,30}|Infinity)$/.test(value);
  return isNumber ? Number(value) : Number.NaN;
}

/** @throws RangeError unless it is an object, or absent */
export function fieldsOf(value: unknown): Fields {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new RangeError('no object');
  return value as Fields;
}

/** @throws RangeError unless it is a list, or absent */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new RangeError('no list');
  return value;
}
