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
  NO_BUCKETS,
  type NumberPoint,
  type ResourceBatch,
  SENDER_ATTRIBUTES,
  senderOf,
  sumKind,
} from './batch.ts';
import { bytes, fixed64, ProtobufReader, varint } from './protobuf-fields.ts';

/**
 * Reads an `ExportMetricsServiceRequest`:
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
 * @throws Error if the bytes are none, Refused if there is too much in it
 */
export function readProtobuf(request: Uint8Array): ResourceBatch[] {
  const from = new ProtobufReader(request);
  const all: ResourceBatch[] = [];
  const messages = new Messages();
  from.fields((tag) => tag === bytes(1) && all.push(readResource(from, messages)));
  return all;
}

function readResource(from: ProtobufReader, messages: Messages): ResourceBatch {
  messages.count();
  const metrics: Metric[] = [];
  const attributes = new Map<string, string>();
  from.nested((tag) => {
    if (tag === bytes(1)) readSenderAttributes(from, attributes);
    else if (tag === bytes(2)) {
      from.nested((tag) => tag === bytes(2) && metrics.push(readMetric(from, messages)));
    }
  });
  return { sender: senderOf(attributes), metrics };
}

function readSenderAttributes(from: ProtobufReader, to: Map<string, string>): void {
  from.nested((tag) => {
    if (tag !== bytes(1)) return;
    const pair = readAttribute(from);
    if (pair && SENDER_ATTRIBUTES.includes(pair[0])) to.set(pair[0], pair[1]);
  });
}

function readMetric(from: ProtobufReader, messages: Messages): Metric {
  messages.count();
  let name = '';
  let description = '';
  let data: MetricData = { kind: 'other', isDelta: false, points: [] };
  from.nested((tag) => {
    if (tag === bytes(1)) name = from.text(LONGEST_LABEL) ?? '';
    else if (tag === bytes(2)) description = from.text(LONGEST_LABEL) ?? '';
    else if (DATA.has(tag)) data = readData(tag, from, messages);
  });
  return { name, description, ...data };
}

/** The fields of `Metric` for its points. */
const GAUGE = bytes(5);
const SUM = bytes(7);
const HISTOGRAM = bytes(9);
const EXPONENTIAL_HISTOGRAM = bytes(10);
const SUMMARY = bytes(11);
const DATA = new Set([GAUGE, SUM, HISTOGRAM, EXPONENTIAL_HISTOGRAM, SUMMARY]);

function readData(kind: number, from: ProtobufReader, messages: Messages): MetricData {
  let isDelta = false;
  let isMonotonic = false;
  const numbers: NumberPoint[] = [];
  const histograms: HistogramPoint[] = [];
  const natives: NativePoint[] = [];
  let others = 0;
  from.nested((tag) => {
    if (tag === varint(2)) isDelta = from.uint32() === DELTA;
    else if (tag === varint(3)) isMonotonic = from.bool();
    else if (tag === bytes(1)) {
      messages.count();
      if (kind === GAUGE || kind === SUM) numbers.push(readNumber(from));
      else if (kind === HISTOGRAM) histograms.push(readHistogram(from));
      else if (kind === EXPONENTIAL_HISTOGRAM) natives.push(readNative(from));
      else others++;
    }
  });
  if (kind === HISTOGRAM) return { kind: 'histogram', isDelta, points: histograms };
  if (kind === EXPONENTIAL_HISTOGRAM) return { kind: 'native', isDelta, points: natives };
  if (kind === GAUGE) return { kind: 'gauge', isDelta, points: numbers };
  if (kind !== SUM) return { kind: 'other', isDelta, points: new Array(others).fill(undefined) };
  return { kind: sumKind(isMonotonic, isDelta), isDelta, points: numbers };
}

function readNumber(from: ProtobufReader): NumberPoint {
  let labels: string[] | undefined = [];
  let time = 0;
  let value = 0;
  from.nested((tag) => {
    if (tag === fixed64(3)) time = from.fixed64();
    else if (tag === fixed64(4)) value = from.double();
    else if (tag === fixed64(6)) value = from.signedFixed64();
    else if (tag === bytes(7)) labels = withLabel(labels, from);
  });
  return { time, labels, value };
}

function readHistogram(from: ProtobufReader): HistogramPoint {
  let labels: string[] | undefined = [];
  let time = 0;
  let count = 0;
  let sum: number | undefined;
  const counts: number[] = [];
  const bounds: number[] = [];
  from.nested((tag) => {
    if (tag === fixed64(3)) time = from.fixed64();
    else if (tag === fixed64(4)) count = from.fixed64();
    else if (tag === fixed64(5)) sum = from.double();
    else if (tag === bytes(6)) from.packed(() => counts.push(from.fixed64()));
    else if (tag === fixed64(6)) counts.push(from.fixed64());
    else if (tag === bytes(7)) from.packed(() => bounds.push(from.double()));
    else if (tag === fixed64(7)) bounds.push(from.double());
    else if (tag === bytes(9)) labels = withLabel(labels, from);
  });
  return { time, labels, count, sum, bounds, counts };
}

function readNative(from: ProtobufReader): NativePoint {
  let labels: string[] | undefined = [];
  let [time, count, schema, zeroCount, zeroThreshold] = [0, 0, 0, 0, 0];
  let sum: number | undefined;
  let [positive, negative] = [NO_BUCKETS, NO_BUCKETS];
  from.nested((tag) => {
    if (tag === bytes(1)) labels = withLabel(labels, from);
    else if (tag === fixed64(3)) time = from.fixed64();
    else if (tag === fixed64(4)) count = from.fixed64();
    else if (tag === fixed64(5)) sum = from.double();
    else if (tag === varint(6)) schema = from.sint32();
    else if (tag === fixed64(7)) zeroCount = from.fixed64();
    else if (tag === bytes(8)) positive = readBuckets(from);
    else if (tag === bytes(9)) negative = readBuckets(from);
    else if (tag === fixed64(14)) zeroThreshold = from.double();
  });
  return { time, labels, count, sum, schema, zeroThreshold, zeroCount, positive, negative };
}

/** Buckets are numbered by their lower bounds here, and by their upper bounds in Prometheus. */
function readBuckets(from: ProtobufReader): BucketList {
  let offset = 0;
  const counts: number[] = [];
  const read = () => {
    if (counts.push(from.uint64()) > MOST_BUCKETS) throw new RangeError('too many buckets');
  };
  from.nested((tag) => {
    if (tag === varint(1)) offset = from.sint32();
    else if (tag === bytes(2)) from.packed(read);
    else if (tag === varint(2)) read();
  });
  return { offset: offset + 1, counts };
}

/** Returns the labels with one more; `undefined` once one is not sound or there are too many. */
function withLabel(labels: string[] | undefined, from: ProtobufReader): string[] | undefined {
  const pair = readAttribute(from);
  if (!labels || !pair || labels.length >= 2 * MOST_LABELS) return undefined;
  labels.push(pair[0], pair[1]);
  return labels;
}

/** Returns the name and value of an attribute; `undefined` if they are no texts, or too long. */
function readAttribute(from: ProtobufReader): readonly [string, string] | undefined {
  let name: string | undefined = '';
  let value: string | undefined = '';
  from.nested((tag) => {
    if (tag === bytes(1)) name = from.text(LONGEST_LABEL);
    else if (tag === bytes(2)) value = readValue(from);
  });
  return name && value !== undefined ? [name, value] : undefined;
}

/** Returns an `AnyValue` as a text. A list or the like is none. */
function readValue(from: ProtobufReader): string | undefined {
  let text: string | undefined;
  from.nested((tag) => {
    if (tag === bytes(1)) text = from.text(LONGEST_LABEL);
    else if (tag === varint(2)) text = String(from.bool());
    else if (tag === varint(3)) text = from.wholeText();
    else if (tag === fixed64(4)) text = String(from.double());
  });
  return text;
}
