import { type Message, Reader, readMessage, type Schema } from './protobuf-reader.ts';

const ANY_VALUE: Schema = { 1: ['stringValue', 'string'], 2: ['boolValue', 'bool'] };
const KEY_VALUE: Schema = { 1: ['key', 'string'], 2: ['value', ANY_VALUE] };
const EXEMPLAR: Schema = {
  2: ['timeUnixNano', 'fixed64'],
  3: ['asDouble', 'double'],
  4: ['spanId', 'bytes'],
  5: ['traceId', 'bytes'],
  7: ['filteredAttributes', KEY_VALUE, 'repeated'],
};
const TIMES: Schema = { 2: ['startTimeUnixNano', 'fixed64'], 3: ['timeUnixNano', 'fixed64'] };
const NUMBER: Schema = {
  ...TIMES,
  4: ['asDouble', 'double'],
  5: ['exemplars', EXEMPLAR, 'repeated'],
  7: ['attributes', KEY_VALUE, 'repeated'],
};
const HISTOGRAM: Schema = {
  ...TIMES,
  4: ['count', 'fixed64'],
  5: ['sum', 'double'],
  6: ['bucketCounts', 'fixed64', 'repeated'],
  7: ['explicitBounds', 'double', 'repeated'],
  8: ['exemplars', EXEMPLAR, 'repeated'],
  9: ['attributes', KEY_VALUE, 'repeated'],
  11: ['min', 'double'],
  12: ['max', 'double'],
};
const BUCKETS: Schema = { 1: ['offset', 'sint32'], 2: ['bucketCounts', 'uint64', 'repeated'] };
const EXPONENTIAL: Schema = {
  1: ['attributes', KEY_VALUE, 'repeated'],
  ...TIMES,
  4: ['count', 'fixed64'],
  5: ['sum', 'double'],
  6: ['scale', 'sint32'],
  7: ['zeroCount', 'fixed64'],
  8: ['positive', BUCKETS],
  9: ['negative', BUCKETS],
  11: ['exemplars', EXEMPLAR, 'repeated'],
  12: ['min', 'double'],
  13: ['max', 'double'],
  14: ['zeroThreshold', 'double'],
};
const SUMMARY: Schema = {
  ...TIMES,
  4: ['count', 'fixed64'],
  5: ['sum', 'double'],
  6: ['quantileValues', { 1: ['quantile', 'double'], 2: ['value', 'double'] }, 'repeated'],
  7: ['attributes', KEY_VALUE, 'repeated'],
};
const points = (schema: Schema): Schema => ({
  1: ['dataPoints', schema, 'repeated'],
  2: ['aggregationTemporality', 'enum'],
  3: ['isMonotonic', 'bool'],
});
const METRIC: Schema = {
  1: ['name', 'string'],
  2: ['description', 'string'],
  3: ['unit', 'string'],
  5: ['gauge', points(NUMBER)],
  7: ['sum', points(NUMBER)],
  9: ['histogram', points(HISTOGRAM)],
  10: ['exponentialHistogram', points(EXPONENTIAL)],
  11: ['summary', points(SUMMARY)],
  12: ['metadata', KEY_VALUE, 'repeated'],
};

const RESOURCE: Schema = {
  1: ['attributes', KEY_VALUE, 'repeated'],
  2: ['droppedAttributesCount', 'uint32'],
};

/**
 * `ExportMetricsServiceRequest`, copied by hand from
 * https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
 * with the names that JSON has.
 */
const REQUEST: Schema = {
  1: [
    'resourceMetrics',
    {
      1: ['resource', RESOURCE],
      2: [
        'scopeMetrics',
        {
          1: ['scope', { 1: ['name', 'string'], 2: ['version', 'string'] }],
          2: ['metrics', METRIC, 'repeated'],
        },
        'repeated',
      ],
    },
    'repeated',
  ],
};

/** Reads the bytes of a request as what its JSON would be, without what is empty. */
export function readRequest(bytes: Uint8Array): Message {
  return withoutEmpty(readMessage(new Reader(bytes), REQUEST), '') as Message;
}

/** Reads a request that is JSON, as the same. */
export function readJsonRequest(bytes: Uint8Array): Message {
  const text = new TextDecoder('utf8', { fatal: true, ignoreBOM: true }).decode(bytes);
  return withoutEmpty(JSON.parse(text), '') as Message;
}

/** Returns the metrics of a request. There is one resource, and one scope. */
export function metricsIn(request: Message): Message[] {
  const [{ scopeMetrics }] = request.resourceMetrics as [
    { scopeMetrics: { metrics: Message[] }[] },
  ];
  return scopeMetrics[0].metrics;
}

const DOUBLES = /^(asDouble|sum|explicitBounds|zeroThreshold|quantile|value)$/;

function withoutEmpty(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutEmpty(one, name));
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, one]) => !Array.isArray(one) || one.length > 0);
    return Object.fromEntries(fields.map(([key, one]) => [key, withoutEmpty(one, key)]));
  }
  // The counts of exponential buckets are varints, and fit a number.
  if (name === 'bucketCounts') return String(value);
  if (DOUBLES.test(name) && typeof value === 'string' && name !== 'value') return Number(value);
  // Numbers that JSON cannot hold are texts.
  if (name === 'value' && /^(NaN|-?Infinity|-0\.0)$/.test(String(value))) return Number(value);
  return value;
}
