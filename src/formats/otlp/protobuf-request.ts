import { MessageWriter } from '../../bytes/message-writer.ts';
import type { Attribute, Exemplar, NativeBuckets } from '../../model.ts';
import { exemplarContext } from './exemplar-attributes.ts';
import { writeDouble, writeFixed, writeInteger, writeNanoseconds } from './fixed64.ts';
import type { MetricForm, PointKind } from './metric-form.ts';
import type { AttributeBytes, RequestWriter, ScopeMetrics } from './points.ts';
import { writeKeyValue } from './protobuf-values.ts';
import { type Microseconds, microseconds } from './times.ts';

/** The tags of fields with 8 bytes: https://protobuf.dev/programming-guides/encoding/#structure */
const fixed = (field: number) => field * 8 + 1;
/** How many bytes such a field takes. */
const FIXED_LENGTH = 9;
const START = fixed(2);
const TIME = fixed(3);
const INTEGER = fixed(6);

/** The field of a point for its attributes. */
const ATTRIBUTES: Readonly<Record<PointKind, number>> = {
  gauge: 7,
  sum: 7,
  histogram: 9,
  exponentialHistogram: 1,
  summary: 7,
};
/** The field of `Metric` for its points. */
const DATA: Readonly<Record<PointKind, number>> = {
  gauge: 5,
  sum: 7,
  histogram: 9,
  exponentialHistogram: 10,
  summary: 11,
};
/** The field of `Gauge`, `Sum` and so on for the points. */
const POINT = 1;
/** The enumeration `AggregationTemporality`. */
export const TEMPORALITY = { delta: 1, cumulative: 2 } as const;

/**
 * Writes the bytes of the messages:
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
 */
export const protobufRequest: RequestWriter = {
  attributes(kind, attributes, to) {
    for (const one of attributes) writeKeyValue(ATTRIBUTES[kind], one, to);
  },
  number({ start, time, value, isInteger, exemplars }, attributes, to) {
    // Most points are such. If their length comes first, nothing need be moved to make room for it.
    const isShort = exemplars.length === 0;
    if (isShort) openLong(POINT, numberLength(attributes, start, time), to);
    const opened = isShort ? 0 : to.open(POINT);
    writePointHead(attributes, start, time, to);
    to.byte(isInteger ? INTEGER : fixed(4));
    if (isInteger) writeInteger(value, to);
    else writeDouble(value, to);
    for (const one of exemplars) writeExemplar(5, one, to);
    if (!isShort) to.close(opened);
  },
  endsInNumber: true,
  histogram({ start, time, count, sum, bounds, counts, exemplars }, attributes, to) {
    const opened = openPoint(attributes, start, time, to);
    to.byte(fixed(4));
    writeFixed(count, to);
    if (sum !== undefined) to.double(5, sum);
    openLong(6, 8 * counts.length, to);
    for (let i = 0; i < counts.length; i++) writeFixed(counts[i]!, to);
    const written = boundsBytes(bounds);
    to.copy(written, 0, written.length);
    for (const one of exemplars) writeExemplar(8, one, to);
    to.close(opened);
  },
  exponential({ start, time, count, sum, native, exemplars }, attributes, to) {
    const opened = openPoint(attributes, start, time, to);
    to.byte(fixed(4));
    writeFixed(count, to);
    to.double(5, sum);
    to.signed(6, native.schema);
    to.byte(fixed(7));
    writeFixed(native.zeroCount, to);
    writeBuckets(8, native.positive, to);
    writeBuckets(9, native.negative, to);
    for (const one of exemplars) writeExemplar(11, one, to);
    if (native.zeroThreshold > 0) to.double(14, native.zeroThreshold);
    to.close(opened);
  },
  summary({ start, time, count, sum, quantiles }, attributes, to) {
    const opened = openPoint(attributes, start, time, to);
    to.byte(fixed(4));
    writeFixed(count, to);
    to.double(5, sum);
    for (const [quantile, value] of quantiles) {
      const opensQuantile = to.open(6);
      to.double(1, quantile);
      to.double(2, value);
      to.close(opensQuantile);
    }
    to.close(opened);
  },
  metric: (form, points) => [metricHead(form, lengthOf(points)), ...points],
  request(resource, scopes) {
    const pieces = scopes.flatMap(scopePieces);
    return [requestHead(resource, lengthOf(pieces)), ...pieces];
  },
};

function openPoint(
  attributes: AttributeBytes,
  start: Microseconds,
  time: Microseconds,
  to: MessageWriter,
): number {
  const opened = to.open(POINT);
  writePointHead(attributes, start, time, to);
  return opened;
}

function writePointHead(
  { bytes, start: from, end }: AttributeBytes,
  start: Microseconds,
  time: Microseconds,
  to: MessageWriter,
): void {
  to.copy(bytes, from, end);
  writeNanoseconds(START, start, to);
  writeNanoseconds(TIME, time, to);
}

/** Returns how many bytes a point with a number takes. */
function numberLength(
  { start: from, end }: AttributeBytes,
  start: Microseconds,
  time: Microseconds,
): number {
  const numbers = 1 + (start > 0 ? 1 : 0) + (time > 0 ? 1 : 0);
  return end - from + numbers * FIXED_LENGTH;
}

/** The bounds of histograms, which their points share. */
const bytesOfBounds = new WeakMap<readonly number[], Uint8Array>();

function boundsBytes(bounds: readonly number[]): Uint8Array {
  const known = bytesOfBounds.get(bounds);
  if (known) return known;
  const field = new MessageWriter(16 + 8 * bounds.length);
  if (bounds.length > 0) openLong(7, 8 * bounds.length, field);
  for (const bound of bounds) writeDouble(bound, field);
  bytesOfBounds.set(bounds, field.bytes);
  return field.bytes;
}

function writeExemplar(field: number, exemplar: Exemplar, to: MessageWriter): void {
  const { traceId, spanId, attributes } = exemplarContext(exemplar);
  const opened = to.open(field);
  writeNanoseconds(START, microseconds(exemplar.timestamp), to);
  to.double(3, exemplar.value);
  if (spanId) writeHexadecimal(4, spanId, to);
  if (traceId) writeHexadecimal(5, traceId, to);
  for (const one of attributes) writeKeyValue(7, one, to);
  to.close(opened);
}

export function writeHexadecimal(field: number, digits: string, to: MessageWriter): void {
  const opened = to.open(field);
  for (let i = 0; i < digits.length; i += 2) to.byte(Number.parseInt(digits.slice(i, i + 2), 16));
  to.close(opened);
}

/** Buckets are numbered by their lower bounds here, and by their upper bounds in Prometheus. */
function writeBuckets(field: number, { offset, counts }: NativeBuckets, to: MessageWriter): void {
  const [first, end] = filled(counts);
  if (first === end) return;
  const opened = to.open(field);
  to.signed(1, offset + first - 1);
  const opensCounts = to.open(2);
  for (let i = first; i < end; i++) to.varint(counts[i]!);
  to.close(opensCounts);
  to.close(opened);
}

/** Returns between which buckets all observations are. */
export function filled(counts: ArrayLike<number>): readonly [first: number, end: number] {
  let first = 0;
  let end = counts.length;
  while (end > 0 && counts[end - 1] === 0) end--;
  while (first < end && counts[first] === 0) first++;
  return [first, end];
}

type Bytes = Uint8Array<ArrayBuffer>;

const lengthOf = (pieces: readonly Uint8Array[]) =>
  pieces.reduce((sum, { length }) => sum + length, 0);

/** Returns the fields of a metric before its points, as the last field of a `ScopeMetrics`. */
function metricHead(form: MetricForm, points: number): Uint8Array<ArrayBuffer> {
  const { name, description, unit, type, kind, isMonotonic, temporality } = form;
  const data = new MessageWriter(16);
  if (temporality) data.whole(2, TEMPORALITY[temporality]);
  if (isMonotonic) data.whole(3, 1);
  const fields = new MessageWriter(128);
  fields.string(1, name);
  if (description !== '') fields.string(2, description);
  if (unit !== '') fields.string(3, unit);
  if (type) writeKeyValue(12, ['prometheus.type', type], fields);
  openLong(DATA[kind], data.length + points, fields);
  fields.copy(data.bytes, 0, data.length);
  const head = new MessageWriter(16 + fields.length);
  openLong(2, fields.length + points, head);
  head.copy(fields.bytes, 0, fields.length);
  return head.bytes;
}

/** Returns a `ScopeMetrics`. */
function scopePieces({ scope, metrics }: ScopeMetrics): Bytes[] {
  const fields = new MessageWriter(64);
  const opened = fields.open(1);
  if (scope.name !== '') fields.string(1, scope.name);
  if (scope.version !== '') fields.string(2, scope.version);
  for (const one of scope.attributes) writeKeyValue(3, one, fields);
  fields.close(opened);
  const schema = new MessageWriter(16);
  if (scope.schemaUrl !== '') schema.string(3, scope.schemaUrl);
  const pieces = [fields.bytes, ...metrics.flat(), schema.bytes];
  const head = new MessageWriter(16);
  openLong(2, lengthOf(pieces), head);
  return [head.bytes, ...pieces];
}

/** Returns the fields of a request before its scopes, which are the last field of its `ResourceMetrics`. */
function requestHead(resource: readonly Attribute[], scopes: number): Bytes {
  const fields = new MessageWriter(256);
  const opensResource = fields.open(1);
  for (const one of resource) writeKeyValue(1, one, fields);
  fields.close(opensResource);
  const head = new MessageWriter(16 + fields.length);
  openLong(1, fields.length + scopes, head);
  head.copy(fields.bytes, 0, fields.length);
  return head.bytes;
}

/** Begins a nested message whose length is known, and which others continue. */
export function openLong(field: number, length: number, to: MessageWriter): void {
  to.varint(field * 8 + 2);
  to.varint(length);
}
