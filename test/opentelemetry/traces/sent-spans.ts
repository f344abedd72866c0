/** What was sent of spans, read with the code that OpenTelemetry has for its own. */
import { gunzipSync } from 'node:zlib';
import generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js';
import type { Received } from '../../exporters/http-server.ts';

export interface SentAttribute {
  readonly key: string;
  readonly value: unknown;
}
export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly SentAttribute[];
  readonly droppedAttributesCount?: number;
  readonly events?: readonly {
    readonly name: string;
    readonly timeUnixNano: string;
    readonly attributes?: readonly SentAttribute[];
  }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly [field: string]: unknown;
}
export interface SentTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly SentAttribute[] };
    readonly scopeSpans: readonly {
      readonly scope: object;
      readonly schemaUrl?: string;
      readonly spans: readonly SentSpan[];
    }[];
  }[];
}

interface MessageType {
  decode(bytes: Uint8Array): unknown;
  fromObject(object: unknown): unknown;
  toObject(message: unknown, options: object): unknown;
}
const Request = (
  generated as unknown as {
    opentelemetry: {
      proto: { collector: { trace: { v1: { ExportTraceServiceRequest: MessageType } } } };
    };
  }
).opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;

const ID = /^(traceId|spanId|parentSpanId)$/;
/** What a field is that is not there. */
const isNothing = (value: unknown): boolean =>
  value === '' || value === 0 || value === null || (Array.isArray(value) && value.length === 0);

/** Puts digits in the place of the bytes of IDs, and leaves out what says nothing. */
function plain(value: unknown, key = ''): unknown {
  if (ID.test(key)) return Buffer.from(value as Uint8Array).toString('hex');
  if (Array.isArray(value)) return value.map((one) => plain(one));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(
    ([name, one]) => name.endsWith('Value') || !isNothing(one),
  );
  return Object.fromEntries(fields.map(([name, one]) => [name, plain(one, name)]));
}

export function readTraces(bytes: Uint8Array): SentTraces {
  const object = Request.toObject(Request.decode(bytes), { longs: String, bytes: Array });
  return plain(object) as SentTraces;
}

/** Reads what was written as JSON. */
function readJson(bytes: Uint8Array): SentTraces {
  return JSON.parse(String(bytes)) as SentTraces;
}

/** Returns all requests with spans. */
export function tracesIn(received: readonly Received[]): SentTraces[] {
  return received
    .filter(({ path }) => path === '/v1/traces')
    .map(({ body, headers }) => {
      const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      return headers['content-type'] === 'application/json' ? readJson(bytes) : readTraces(bytes);
    });
}

export const spansIn = (traces: readonly SentTraces[]): SentSpan[] =>
  traces.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  );
