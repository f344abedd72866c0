/** Makes requests of OTLP by hand, as JSON and as the same in protobuf. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export interface GivenPoint {
  readonly labels?: Readonly<Record<string, unknown>>;
  /** Nanoseconds since 1970. */
  readonly time?: bigint;
  readonly value?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly counts?: readonly number[];
  readonly bounds?: readonly number[];
  /** Of native buckets. They are numbered as in OpenTelemetry. */
  readonly scale?: number;
  readonly zeroCount?: number;
  readonly zeroThreshold?: number;
  readonly positive?: GivenBuckets;
  readonly negative?: GivenBuckets;
}

export interface GivenBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

export interface GivenMetric {
  readonly name: string;
  readonly description?: string;
  readonly kind?: 'counter' | 'gauge' | 'histogram' | 'exponentialHistogram' | 'updown';
  readonly temporality?: 'delta' | 'cumulative';
  readonly points: readonly GivenPoint[];
}

export interface GivenBatch {
  /** The `service.instance.id`; `null` for none. */
  readonly sender?: string | null;
  readonly metrics: readonly GivenMetric[];
}

export type Encoding = 'json' | 'protobuf';

export const NOW = 1_800_000_000_000_000_000n;

/** Returns a counter with one point. */
export const counted = (
  name: string,
  value: number,
  labels: Readonly<Record<string, unknown>> = {},
  time = NOW,
): GivenMetric => ({ name, points: [{ value, labels, time }] });

export function otlpRequest(
  batch: GivenBatch,
  encoding: Encoding = 'json',
  headers: Readonly<Record<string, string>> = {},
): Request {
  const type = encoding === 'json' ? 'application/json' : 'application/x-protobuf';
  const body = encoding === 'json' ? JSON.stringify(jsonOf(batch)) : protobufOf(batch);
  return post(body, { 'content-type': type, ...headers });
}

export function post(
  body: BodyInit,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): Request {
  return new Request('http://relay.test/v1/metrics', { method: 'POST', headers, body });
}

const jsonValue = (value: unknown) => {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return { doubleValue: value };
  return value;
};

const jsonNumber = (value: number) => (Number.isFinite(value) ? value : String(value));

export function jsonOf({ sender = 'a', metrics }: GivenBatch): object {
  const resource = {
    attributes: sender === null ? [] : [{ key: 'service.instance.id', value: jsonValue(sender) }],
  };
  return { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: metrics.map(jsonMetric) }] }] };
}

function jsonMetric({ name, description, kind = 'counter', temporality, points }: GivenMetric) {
  const data = {
    aggregationTemporality: temporality === 'cumulative' ? 2 : 1,
    ...(kind === 'counter' && { isMonotonic: true }),
    dataPoints: points.map(({ labels = {}, time = NOW, ...point }) => ({
      attributes: Object.entries(labels).map(([key, value]) => ({ key, value: jsonValue(value) })),
      timeUnixNano: String(time),
      ...(point.value !== undefined && { asDouble: jsonNumber(point.value) }),
      ...(point.count !== undefined && { count: String(point.count) }),
      ...(point.sum !== undefined && { sum: jsonNumber(point.sum) }),
      ...(point.counts && { bucketCounts: point.counts.map(String) }),
      ...(point.bounds && { explicitBounds: point.bounds.map(jsonNumber) }),
      ...(point.scale !== undefined && { scale: point.scale }),
      ...(point.zeroCount !== undefined && { zeroCount: String(point.zeroCount) }),
      ...(point.zeroThreshold !== undefined && { zeroThreshold: jsonNumber(point.zeroThreshold) }),
      ...(point.positive && { positive: jsonBuckets(point.positive) }),
      ...(point.negative && { negative: jsonBuckets(point.negative) }),
    })),
  };
  const field = kind === 'counter' || kind === 'updown' ? 'sum' : kind;
  return { name, description, [field]: data };
}

const jsonBuckets = ({ offset, counts }: GivenBuckets) => ({
  offset,
  bucketCounts: counts.map(String),
});

export function protobufOf({ sender = 'a', metrics }: GivenBatch): Uint8Array<ArrayBuffer> {
  return message((request) =>
    nested(request, 1, (all) => {
      nested(all, 1, (resource) => {
        if (sender !== null) attribute(resource, 1, 'service.instance.id', sender);
      });
      nested(all, 2, (scope) => {
        for (const metric of metrics) nested(scope, 2, (to) => writeMetric(metric, to));
      });
    }),
  );
}

const FIELDS = { gauge: 5, counter: 7, updown: 7, histogram: 9, exponentialHistogram: 10 };

function writeMetric(metric: GivenMetric, to: BinaryWriter): void {
  const { name, description = '', kind = 'counter', temporality = 'delta', points } = metric;
  to.tag(1, WireType.LengthDelimited).string(name);
  to.tag(2, WireType.LengthDelimited).string(description);
  nested(to, FIELDS[kind], (data) => {
    for (const point of points) nested(data, 1, (to) => writePoint(kind, point, to));
    if (kind !== 'gauge') data.tag(2, WireType.Varint).int32(temporality === 'delta' ? 1 : 2);
    if (kind === 'counter') data.tag(3, WireType.Varint).bool(true);
  });
}

function writePoint(
  kind: string,
  { labels = {}, time = NOW, ...point }: GivenPoint,
  to: BinaryWriter,
) {
  const field = { histogram: 9, exponentialHistogram: 1 }[kind] ?? 7;
  for (const [key, value] of Object.entries(labels)) attribute(to, field, key, value);
  to.tag(3, WireType.Bit64).fixed64(time);
  if (point.value !== undefined) to.tag(4, WireType.Bit64).double(point.value);
  if (point.count !== undefined) to.tag(4, WireType.Bit64).fixed64(BigInt(point.count));
  if (point.sum !== undefined) to.tag(5, WireType.Bit64).double(point.sum);
  if (point.counts) {
    const { counts } = point;
    nested(to, 6, (list) => counts.forEach((count) => void list.fixed64(BigInt(count))));
  }
  if (point.bounds) {
    const { bounds } = point;
    nested(to, 7, (list) => bounds.forEach((bound) => void list.double(bound)));
  }
  if (kind === 'exponentialHistogram') writeNative(point, to);
}

function writeNative(point: GivenPoint, to: BinaryWriter): void {
  const { scale = 0, zeroCount, zeroThreshold, positive, negative } = point;
  to.tag(6, WireType.Varint).sint32(scale);
  if (zeroCount !== undefined) to.tag(7, WireType.Bit64).fixed64(BigInt(zeroCount));
  for (const [field, buckets] of [
    [8, positive],
    [9, negative],
  ] as const) {
    if (!buckets) continue;
    nested(to, field, (side) => {
      side.tag(1, WireType.Varint).sint32(buckets.offset);
      nested(side, 2, (list) => buckets.counts.forEach((count) => void list.uint64(count)));
    });
  }
  if (zeroThreshold !== undefined) to.tag(14, WireType.Bit64).double(zeroThreshold);
}

function attribute(to: BinaryWriter, field: number, key: string, value: unknown): void {
  nested(to, field, (pair) => {
    pair.tag(1, WireType.LengthDelimited).string(key);
    nested(pair, 2, (any) => {
      if (typeof value === 'string') any.tag(1, WireType.LengthDelimited).string(value);
      else if (typeof value === 'boolean') any.tag(2, WireType.Varint).bool(value);
      else if (typeof value === 'number') any.tag(4, WireType.Bit64).double(value);
      else nested(any, 5, () => {});
    });
  });
}

export function nested(
  to: BinaryWriter,
  field: number,
  write: (inner: BinaryWriter) => void,
): void {
  to.tag(field, WireType.LengthDelimited).fork();
  write(to);
  to.join();
}

export function message(write: (to: BinaryWriter) => void): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
}
