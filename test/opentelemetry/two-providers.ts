/** Runs one program with the SDK of OpenTelemetry and with ours, and tells what each sends by OTLP. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MeterProvider as ApiMeterProvider } from '@opentelemetry/api';
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
  MetricReader,
  type ViewOptions as SdkViewOptions,
} from '@opentelemetry/sdk-metrics';
import { OTLPExporter } from 'utilityfog-telemetry';
import { meterProvider, type ViewOptions } from 'utilityfog-telemetry/opentelemetry';
import { onTestFinished } from 'vitest';
import { makeCollector } from '../collectors.ts';

export type Temporality = 'cumulative' | 'delta';

export interface ProviderOptions {
  readonly views?: readonly ViewOptions[];
  readonly temporality?: Temporality;
  readonly encoding?: 'json' | 'protobuf';
}

/** A provider, and what it sends each time. */
export interface Sending {
  readonly provider: ApiMeterProvider;
  /** Resolves to the request, without what differs from one run to the next. */
  send(): Promise<unknown>;
}

const RESOURCE = { 'service.name': 'shop', 'shop.tills': 3, 'shop.open': true };

class Reader extends MetricReader {
  protected override async onForceFlush() {}
  protected override async onShutdown() {}
}

/** What an exporter asks for that prefers deltas: what may fall stays cumulative. */
const deltas = (type: InstrumentType) =>
  type === InstrumentType.UP_DOWN_COUNTER || type === InstrumentType.OBSERVABLE_UP_DOWN_COUNTER
    ? AggregationTemporality.CUMULATIVE
    : AggregationTemporality.DELTA;

export function sdk({ views = [], temporality }: ProviderOptions = {}): Sending {
  const reader = new Reader(
    temporality === 'delta' ? { aggregationTemporalitySelector: deltas } : {},
  );
  const provider = new MeterProvider({
    resource: resourceFromAttributes(RESOURCE),
    readers: [reader],
    views: views as SdkViewOptions[],
  });
  return {
    provider,
    async send() {
      const { resourceMetrics } = await reader.collect();
      const bytes = JsonMetricsSerializer.serializeRequest(resourceMetrics)!;
      return comparable(JSON.parse(new TextDecoder().decode(bytes)));
    },
  };
}

export function ours({
  views = [],
  temporality,
  encoding = 'json',
}: ProviderOptions = {}): Sending {
  const collector = makeCollector();
  const provider = meterProvider(collector, { views, resource: RESOURCE });
  const receiver = startServer();
  let exporter: OTLPExporter | undefined;
  return {
    provider,
    async send() {
      const { url, bodies } = await receiver;
      const common = { encoding, compression: 'none' } as const;
      exporter ??= new OTLPExporter({ ...common, url, temporality });
      await exporter.exportMetrics(collector);
      const body = bodies.at(-1)!;
      return comparable(encoding === 'json' ? JSON.parse(body.toString()) : decoded(body));
    },
  };
}

async function startServer() {
  const bodies: Buffer[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      bodies.push(Buffer.concat(parts));
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

/** The part of the generated code that is used here. Its own types do not say what it exports. */
interface Requests {
  decode(bytes: Uint8Array): unknown;
  toObject(message: unknown, options: object): unknown;
}

/** Reads protobuf with the code that OpenTelemetry generates from its schema. */
export function decoded(bytes: Uint8Array): unknown {
  const { opentelemetry } = generated as unknown as {
    opentelemetry: { proto: { collector: { metrics: { v1: Record<string, Requests> } } } };
  };
  const requests = opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest!;
  return requests.toObject(requests.decode(bytes), { longs: String });
}

type Fields = Record<string, unknown>;

/** What each of the two has and the other has not, and what depends on the time. */
const LEFT_OUT = new Set([
  'startTimeUnixNano',
  'timeUnixNano',
  // We do not record extremes.
  'min',
  'max',
  'droppedAttributesCount',
  'schemaUrl',
]);

/** Returns what a request says, in an order that does not depend on who wrote it. */
function comparable(request: unknown): unknown {
  const [{ resource, scopeMetrics }] = (request as { resourceMetrics: Fields[] })
    .resourceMetrics as [
    { resource: Fields; scopeMetrics: { scope: Fields; metrics: Fields[] }[] },
  ];
  const attributes = (resource.attributes as { key: string }[]).filter(
    ({ key }) => key !== 'service.instance.id',
  );
  const scopes = scopeMetrics
    // The collector counts itself.
    .filter(({ scope }) => scope.name !== 'utilityfog-telemetry')
    .map(({ scope, metrics }) => ({
      scope: normal(scope, ''),
      metrics: sorted(metrics.map((metric) => normal(metric, ''))),
    }));
  return { attributes: sorted(attributes.map((one) => normal(one, ''))), scopes: sorted(scopes) };
}

function normal(value: unknown, name: string): unknown {
  if (Array.isArray(value)) {
    const list = value.map((one) => normal(one, name));
    return /^(dataPoints|attributes)$/.test(name) ? sorted(list) : list;
  }
  if (typeof value !== 'object' || value === null) return plain(value, name);
  const fields = Object.entries(value)
    .filter(([key]) => !LEFT_OUT.has(key))
    .map(([key, one]) => [key, normal(one, key)] as const)
    .filter(([key, one]) => !isDefault(one) && !(key === 'offset' && one === 0))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields);
}

/** Numbers of 64 bits may be texts. */
const plain = (value: unknown, name: string): unknown =>
  /^(count|bucketCounts|zeroCount|intValue|asInt)$/.test(name) ? String(value) : value;

/** What is 0 or empty may be left out. A value that was recorded may not. */
const isDefault = (value: unknown): boolean =>
  value === '' ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

const sorted = (list: readonly unknown[]): unknown[] =>
  list
    .map((one) => [JSON.stringify(one), one] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => one);
