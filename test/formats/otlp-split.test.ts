import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Encoding } from '../../src/formats/format.ts';
import { jsonLogs } from '../../src/formats/otlp/json-logs.ts';
import { logRecord } from '../../src/formats/otlp/log-records.ts';
import { protobufLogs } from '../../src/formats/otlp/protobuf-logs.ts';
import { splitRequest } from '../../src/formats/otlp/split-request.ts';
import { anySnapshot, ODD, rich, richSnapshot } from './any-family.ts';
import { metricsIn, readJsonRequest, readRequest } from './otlp-reader.ts';
import { requestBytes } from './otlp-writer.ts';
import type { Message } from './protobuf-reader.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const ENCODINGS = ['protobuf', 'json'] as const;

/** Splits until nothing can be split any more. */
function crumbs(bytes: Bytes, encoding: Encoding, of: 'metrics' | 'logs'): Bytes[] {
  const halves = splitRequest({ bytes, encoding }, of);
  return halves ? halves.flatMap((half) => crumbs(half, encoding, of)) : [bytes];
}

const KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'];

/** Returns each point with all that is said of its metric. */
const pointsOf = (metrics: readonly Message[]): unknown[] =>
  metrics.flatMap((metric) => {
    const kind = KINDS.find((one) => metric[one] !== undefined)!;
    const { dataPoints, ...data } = metric[kind] as Message & { dataPoints: unknown[] };
    return dataPoints.map((point) => ({ ...metric, [kind]: data, point }));
  });

describe.each(ENCODINGS)('a request in %s', (encoding) => {
  const read = encoding === 'json' ? readJsonRequest : readRequest;

  it('splits into its points, in order, whatever it has', () => {
    const property = fc.property(anySnapshot(ODD), (snapshot) => {
      const options = { encoding, resource: { 'service.name': 'shop' } };
      const bytes = Uint8Array.from(requestBytes(snapshot, options));
      if (bytes.length === 0) return;
      const all = pointsOf(metricsIn(read(Buffer.from(bytes))));
      const parts = crumbs(bytes, encoding, 'metrics').map((part) => read(Buffer.from(part)));
      expect(parts.map((part) => pointsOf(metricsIn(part)).length)).toEqual(all.map(() => 1));
      expect(parts.flatMap((part) => pointsOf(metricsIn(part)))).toEqual(all);
      const [{ resource }] = read(Buffer.from(bytes)).resourceMetrics as [Message];
      for (const { resourceMetrics } of parts) {
        expect((resourceMetrics as Message[]).map((one) => one.resource)).toEqual([resource]);
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('keeps the sign of zero', () => {
    const gauges = ['a', 'b'].map((name) => rich({ name, numbers: [[-0]] }));
    const bytes = Uint8Array.from(requestBytes(richSnapshot(...gauges), { encoding }));
    const parts = crumbs(bytes, encoding, 'metrics').map((part) => read(Buffer.from(part)));
    const points = parts.flatMap((part) => pointsOf(metricsIn(part))) as { point: Message }[];
    expect(points.map(({ point }) => point.asDouble)).toEqual([-0, -0]);
  });

  it('splits into its log records', () => {
    const entries = Array.from({ length: 7 }, (_, i) =>
      JSON.stringify([`e${i}`, 1.6e9, { list: [i, 'x'.repeat(300)] }, {}, {}]),
    );
    const logs = encoding === 'json' ? jsonLogs : protobufLogs;
    const records = entries.map(logRecord);
    const bytes = logs([], records);
    const parts = crumbs(bytes, encoding, 'logs');
    expect(parts).toEqual(records.map((one) => logs([], [one])));
  });

  it('that is none is refused', () => {
    for (const bytes of [
      [10],
      [10, 255],
      [255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
    ]) {
      const broken = Uint8Array.from(bytes);
      expect(() => splitRequest({ bytes: broken, encoding }, 'metrics')).toThrow();
    }
  });
});
