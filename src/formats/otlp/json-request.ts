import type { MessageWriter } from '../../bytes/message-writer.ts';
import type { Attribute, AttributeValue, Exemplar, NativeBuckets } from '../../model.ts';
import { jsonText } from '../../platform/realm.ts';
import { exemplarContext } from './exemplar-attributes.ts';
import { integer, whole } from './fixed64.ts';
import { anyValue } from './json-values.ts';
import type { AttributeBytes, RequestWriter, ScopeMetrics } from './points.ts';
import { filled, TEMPORALITY } from './protobuf-request.ts';
import { microseconds, nanosecondText } from './times.ts';

const encoder = new TextEncoder();

/**
 * Writes the JSON of the messages. Whole numbers of 64 bits are texts, enumerations are numbers, and what is
 * 0 or empty may be left out:
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 *
 * A point begins with a comma, which the first point of a metric loses.
 */
export const jsonRequest: RequestWriter = {
  attributes(_, attributes, to) {
    if (attributes.length === 0) return;
    to.text('"attributes":[');
    writeAttributes(attributes, to);
    to.text('],');
  },
  number({ start, time, value, isInteger, exemplars }, attributes, to) {
    open(attributes, start, time, to);
    to.text(isInteger ? ',"asInt":' : ',"asDouble":');
    if (isInteger) to.text(`"${integer(value)}"`);
    else if (value > 0) to.number(value, jsonDouble);
    else to.text(jsonDouble(value));
    close(exemplars, to);
  },
  endsInNumber: false,
  histogram({ start, time, count, sum, bounds, counts, exemplars }, attributes, to) {
    open(attributes, start, time, to);
    writeCountAndSum(count, sum, to);
    to.text(',"bucketCounts":[');
    writeCounts(counts, 0, counts.length, to);
    to.text(boundsText(bounds));
    close(exemplars, to);
  },
  exponential({ start, time, count, sum, native, exemplars }, attributes, to) {
    const { schema, zeroCount, zeroThreshold, positive, negative } = native;
    open(attributes, start, time, to);
    writeCountAndSum(count, sum, to);
    to.text(`,"scale":${schema},"zeroCount":"${wholeText(zeroCount)}"`);
    writeBuckets('positive', positive, to);
    writeBuckets('negative', negative, to);
    if (zeroThreshold > 0) to.text(`,"zeroThreshold":${jsonDouble(zeroThreshold)}`);
    close(exemplars, to);
  },
  summary({ start, time, count, sum, quantiles }, attributes, to) {
    open(attributes, start, time, to);
    writeCountAndSum(count, sum, to);
    const values = quantiles.map(
      ([quantile, value]) => `{"quantile":${jsonDouble(quantile)},"value":${jsonDouble(value)}}`,
    );
    if (values.length > 0) to.text(`,"quantileValues":[${values.join(',')}]`);
    to.text('}');
  },
  metric(form, [first, ...others]) {
    const { name, description, unit, type, kind, isMonotonic, temporality } = form;
    const metadata = type && attributesText([['prometheus.type', type]]);
    const head = [
      `{"name":${quoted(name)}`,
      description === '' ? '' : `,"description":${quoted(description)}`,
      unit === '' ? '' : `,"unit":${quoted(unit)}`,
      metadata && `,"metadata":[${metadata}]`,
      `,"${kind}":{`,
      temporality ? `"aggregationTemporality":${TEMPORALITY[temporality]},` : '',
      isMonotonic ? '"isMonotonic":true,' : '',
      '"dataPoints":[',
    ].join('');
    return [encoder.encode(head), first!.subarray(1), ...others, encoder.encode(']}}')];
  },
  request(resource, scopes) {
    const attributes = attributesText(resource);
    const head = `{"resourceMetrics":[{"resource":{"attributes":[${attributes}]},"scopeMetrics":[`;
    return [encoder.encode(head), ...scopes.flatMap(scopePieces), encoder.encode(']}]}')];
  },
};

function scopePieces({ scope, metrics }: ScopeMetrics, at: number): Uint8Array<ArrayBuffer>[] {
  const { name, version, schemaUrl, attributes } = scope;
  const head = [
    at === 0 ? '' : ',',
    `{"scope":{"name":${quoted(name)}`,
    version === '' ? '' : `,"version":${quoted(version)}`,
    attributes.length === 0 ? '' : `,"attributes":[${attributesText(attributes)}]`,
    '},"metrics":[',
  ].join('');
  const comma = encoder.encode(',');
  const pieces = metrics.flatMap((metric, i) => (i === 0 ? metric : [comma, ...metric]));
  const schema = schemaUrl === '' ? '' : `,"schemaUrl":${quoted(schemaUrl)}`;
  return [
    encoder.encode(head),
    ...pieces,
    encoder.encode(`]${schema}}`),
  ] as Uint8Array<ArrayBuffer>[];
}

function attributesText(attributes: readonly Attribute[]): string {
  return attributes.map(([key, value]) => keyText(key) + valueText(value)).join(',');
}

/** Writes the same, without putting it together first: that takes longer, and points have many. */
function writeAttributes(attributes: readonly Attribute[], to: MessageWriter): void {
  for (let i = 0; i < attributes.length; i++) {
    const [key, value] = attributes[i]!;
    if (i > 0) to.text(',');
    to.text(keyText(key));
    if (typeof value !== 'string' || NEEDS_ESCAPE.test(value)) {
      to.text(valueText(value));
    } else {
      to.text('{"stringValue":"');
      to.text(value);
      to.text('"}}');
    }
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids these in texts.
const NEEDS_ESCAPE = /["\\\u0000-\u001f]/;

const valueText = (value: AttributeValue): string => `${jsonText(anyValue(value))}}`;

// Prototypes of scripts cannot change how a text is written, only objects.
const quoted = (text: string): string => JSON.stringify(text);

/** The texts before values, by key. There are few keys. */
const keys = new Map<string, string>();
const MOST_KEYS = 512;

function keyText(key: string): string {
  const known = keys.get(key);
  if (known !== undefined) return known;
  if (keys.size >= MOST_KEYS) keys.clear();
  const text = `{"key":${quoted(key)},"value":`;
  keys.set(key, text);
  return text;
}

/** Returns a number as JSON has it: https://protobuf.dev/programming-guides/json/ */
function jsonDouble(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0.0' : String(value);
  return `"${value}"`;
}

const wholeText = (value: number): string => String(whole(value));

/** The bounds of histograms, which their points share. */
const textOfBounds = new WeakMap<readonly number[], string>();

/** Returns the end of the list of counts, and the bounds. */
function boundsText(bounds: readonly number[]): string {
  const known = textOfBounds.get(bounds);
  if (known !== undefined) return known;
  const text = bounds.length > 0 ? `],"explicitBounds":[${bounds.map(jsonDouble).join(',')}]` : ']';
  textOfBounds.set(bounds, text);
  return text;
}

/** Begins a point. It is left open. */
function open(
  { bytes, start: from, end }: AttributeBytes,
  start: number,
  time: number,
  to: MessageWriter,
): void {
  to.text(',{');
  to.copy(bytes, from, end);
  if (start > 0) to.text(`"startTimeUnixNano":"${nanosecondText(start)}",`);
  to.text(`"timeUnixNano":"${nanosecondText(time)}"`);
}

/** Ends a point. */
function close(exemplars: readonly Exemplar[], to: MessageWriter): void {
  if (exemplars.length > 0) to.text(`,"exemplars":[${exemplars.map(exemplarText).join(',')}]`);
  to.text('}');
}

function writeCountAndSum(count: number, sum: number | undefined, to: MessageWriter): void {
  to.text(`,"count":"${wholeText(count)}"`);
  if (sum !== undefined) to.text(`,"sum":${jsonDouble(sum)}`);
}

function writeCounts(counts: ArrayLike<number>, first: number, end: number, to: MessageWriter) {
  for (let i = first; i < end; i++) {
    to.text(i === first ? '"' : ',"');
    to.number(counts[i]!, wholeText);
    to.text('"');
  }
}

/** Buckets are numbered by their lower bounds here, and by their upper bounds in Prometheus. */
function writeBuckets(name: string, { offset, counts }: NativeBuckets, to: MessageWriter): void {
  const [first, end] = filled(counts);
  if (first === end) return;
  to.text(`,"${name}":{"offset":${offset + first - 1},"bucketCounts":[`);
  writeCounts(counts, first, end, to);
  to.text(']}');
}

function exemplarText(exemplar: Exemplar): string {
  const { traceId, spanId, attributes } = exemplarContext(exemplar);
  const time = microseconds(exemplar.timestamp);
  return [
    `{"asDouble":${jsonDouble(exemplar.value)}`,
    time > 0 ? `,"timeUnixNano":"${nanosecondText(time)}"` : '',
    traceId ? `,"traceId":"${traceId}"` : '',
    spanId ? `,"spanId":"${spanId}"` : '',
    attributes.length > 0 ? `,"filteredAttributes":[${attributesText(attributes)}]` : '',
    '}',
  ].join('');
}
