/** Compares what we send with what OpenTelemetry's own exporter sends for the same recordings. */
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  AggregationType,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import type { Feature } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { otlp } from '../../src/formats/otlp/otlp.ts';
import type { Snapshot } from '../../src/model.ts';
import { makeCollector } from '../collectors.ts';
import { anySnapshot, ODD } from '../formats/any-family.ts';
import { metricsIn, readJsonRequest, readRequest } from '../formats/otlp-reader.ts';
import { requestBytes } from '../formats/otlp-writer.ts';
import type { Message } from '../formats/protobuf-reader.ts';

/** The part of the generated code that is used here. Its own types do not say what it exports. */
interface Generated {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: {
        readonly metrics: {
          readonly v1: {
            readonly ExportMetricsServiceRequest: {
              decode(bytes: Uint8Array): unknown;
              toObject(message: unknown, options: object): unknown;
            };
          };
        };
      };
    };
  };
}

const RESOURCE = { 'service.name': 'shop' };

class Reader extends MetricReader {
  protected override async onForceFlush() {}
  protected override async onShutdown() {}
}

/** Does the same recordings with both. Each `record` is followed by what both would send. */
function both(temporality: 'cumulative' | 'delta', native: { schema: number }) {
  const reader = new Reader({
    aggregationTemporalitySelector: () =>
      temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
  });
  const type = AggregationType.EXPONENTIAL_HISTOGRAM;
  const options = { maxSize: 160, recordMinMax: false };
  const provider = new MeterProvider({
    resource: resourceFromAttributes(RESOURCE),
    readers: [reader],
    views: [{ instrumentName: 'taken', aggregation: { type, options } }],
  });
  const meter = provider.getMeter('utilityfog-telemetry', '0.1.0');
  const bounds = [1, 2, 5];
  const theirs = {
    jobs: meter.createCounter('jobs_total', { description: 'Jobs', unit: 's' }),
    depth: meter.createGauge('depth'),
    size: meter.createHistogram('size_bytes', {
      unit: 'By',
      advice: { explicitBucketBoundaries: bounds },
    }),
    taken: meter.createHistogram('taken', { description: 'Taken' }),
  };
  const snapshots: Snapshot[] = [];
  const feature: Feature<void> = {
    name: 'snapshots',
    config: undefined,
    code: {
      module: async () => ({
        name: 'snapshots',
        start: () => ({ sampled: (one) => void snapshots.push(one) }),
      }),
    },
    api: () => undefined,
  };
  const collector = makeCollector({ use: [feature], collectionInterval: 3600 });
  const labelNames = ['method'] as const;
  const ours = {
    jobs: collector.registerCounter('jobs_total', 'Jobs', { labelNames, unit: 'seconds' }),
    depth: collector.registerGauge('depth'),
    size: collector.registerHistogram('size_bytes', '', { unit: 'bytes', buckets: bounds }),
    taken: collector.registerHistogram('taken', 'Taken', { native }),
  };
  const writer = otlp.open();
  return {
    jobs(amount: number, method: string) {
      theirs.jobs.add(amount, { method });
      ours.jobs.increment(amount, { method });
    },
    depth(value: number) {
      theirs.depth.record(value);
      ours.depth.set(value);
    },
    size(value: number) {
      theirs.size.record(value);
      ours.size.observe(value);
    },
    taken(value: number) {
      theirs.taken.record(value);
      ours.taken.observe(value);
    },
    async sent(encoding: 'protobuf' | 'json'): Promise<{ ours: Message[]; theirs: Message[] }> {
      const before = snapshots.length;
      await collector.startCollection();
      await expect.poll(() => snapshots.length).toBeGreaterThan(before);
      await collector.stopCollection();
      const options = { encoding, temporality, resource: RESOURCE };
      const own = requestBytes(snapshots.at(-1)!, options, writer);
      const { resourceMetrics } = await reader.collect();
      const serializer = encoding === 'json' ? JsonMetricsSerializer : ProtobufMetricsSerializer;
      const given = serializer.serializeRequest(resourceMetrics)!;
      const read = encoding === 'json' ? readJsonRequest : readRequest;
      return { ours: comparable(read(own)), theirs: comparable(read(given)) };
    },
  };
}

/** Returns the metrics without times, without what only one of the two says, and in one order. */
function comparable(request: Message): Message[] {
  const plain = (value: unknown, name = ''): unknown => {
    if (Array.isArray(value)) {
      const all = value.map((one) => plain(one, name));
      const key = (one: unknown) => JSON.stringify((one as Message).attributes);
      return name === 'dataPoints' ? all.sort((a, b) => (key(a) < key(b) ? -1 : 1)) : all;
    }
    if (typeof value !== 'object' || value === null) {
      return name === 'count' || name === 'zeroCount' ? String(value) : value;
    }
    const left = Object.entries(value).filter(
      ([field, one]) =>
        !/^(startTimeUnixNano|timeUnixNano|min|max|metadata|zeroThreshold|flags)$/.test(field) &&
        one !== '' &&
        !(field === 'negative' && !(one as Message).bucketCounts),
    );
    return Object.fromEntries(left.map(([field, one]) => [field, plain(one, field)]));
  };
  return metricsIn(request)
    .filter(({ name }) => !String(name).startsWith('telemetry_'))
    .map((metric) => plain(metric) as Message)
    .sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1));
}

describe("OpenTelemetry's own exporter", () => {
  it.each([
    ['cumulative', 'protobuf'],
    ['cumulative', 'json'],
    ['delta', 'protobuf'],
    ['delta', 'json'],
  ] as const)('sends the same for the same recordings: %s, %s', async (temporality, encoding) => {
    // Their scale for such values is this one.
    const recorded = both(temporality, { schema: 3 });
    const values = [0.1, 1, 5, 100, 0, 3.5, 1024];
    for (let round = 1; round <= 3; round++) {
      recorded.jobs(round + 0.5, 'GET');
      recorded.jobs(1, 'é"\n');
      recorded.depth(-round);
      for (const value of values) {
        recorded.size(value);
        recorded.taken(value);
      }
      const { ours, theirs } = await recorded.sent(encoding);
      expect(theirs).toHaveLength(4);
      expect(ours).toEqual(theirs);
    }
  });

  it('has generated code that reads any request as what we read', () => {
    const { ExportMetricsServiceRequest } = (generated as unknown as Generated).opentelemetry.proto
      .collector.metrics.v1;
    const options = { longs: String, bytes: Buffer };
    for (const snapshot of fc.sample(anySnapshot(ODD), 200)) {
      const bytes = requestBytes(snapshot);
      if (bytes.length === 0) continue;
      const read = ExportMetricsServiceRequest.toObject(
        ExportMetricsServiceRequest.decode(bytes),
        options,
      );
      expect(asRead(read)).toEqual(asRead(readRequest(bytes)));
    }
  });
});

/** Returns a message with whole numbers as texts, and bytes as hexadecimal digits. */
function asRead(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (Array.isArray(value)) return value.map(asRead);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, asRead(one)]));
}
