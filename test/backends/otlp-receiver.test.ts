/** A running receiver of OTLP takes what we send, in both encodings, and tells it back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { otlp } from '../../src/formats/otlp/otlp.ts';
import type { Snapshot } from '../../src/model.ts';
import { rich, richSnapshot } from '../formats/any-family.ts';
import { requestBytes } from '../formats/otlp-writer.ts';
import { nodePath, otlpReceiverPath, requirePart } from '../parts.ts';
import { type OtlpReceiver, startReceiver } from './otlp-receiver.ts';

const hasAll = [
  requirePart('otlpReceiver', otlpReceiverPath()),
  requirePart('node24', nodePath('node24')),
].every(Boolean);

const native = {
  schema: 3,
  zeroThreshold: 0.5,
  zeroCount: 1,
  positive: { offset: 2, counts: [1, 2] },
  negative: { offset: 0, counts: [2] },
};

/** Families whose names have that beginning. */
const snapshot = (prefix: string): Snapshot =>
  richSnapshot(
    rich({
      name: `${prefix}jobs_total`,
      type: 'counter',
      labels: { note: 'a "quote" \\ and\na line = 🚀' },
      numbers: [[2.5]],
      created: [1_600_000_000],
    }),
    rich({ name: `${prefix}temperature`, numbers: [[-1]] }),
    rich({
      name: `${prefix}classic`,
      type: 'histogram',
      data: 'buckets',
      buckets: [1, 2],
      numbers: [[3, 1, 2, 3]],
    }),
    rich({
      name: `${prefix}native`,
      type: 'histogram',
      data: 'buckets',
      buckets: [],
      numbers: [[3, 6]],
      natives: [native],
    }),
    rich({
      name: `${prefix}summary`,
      type: 'summary',
      data: 'quantiles',
      quantiles: [0.5],
      numbers: [[3, 6, 0.5]],
    }),
    rich({ name: `${prefix}build_info`, type: 'info', labels: { version: '1' } }),
  );

describe.skipIf(!hasAll)('a receiver of OTLP', () => {
  let receiver: OtlpReceiver;
  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(() => receiver?.stop());

  const post = async (body: Uint8Array<ArrayBuffer>, contentType: string) => {
    const answer = await fetch(`${receiver.url}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
    });
    return [answer.status, await answer.json()];
  };

  it.each(otlp.mediaTypes)('reads $encoding', async ({ encoding, contentType }) => {
    const prefix = `${encoding}_`;
    const options = { encoding, resource: { 'service.name': 'shop' } };
    const sent = await post(Uint8Array.from(requestBytes(snapshot(prefix), options)), contentType);
    expect(sent).toEqual([200, { acceptedMetrics: 6 }]);
    const read = async (name: string) => {
      const series = await receiver.series(prefix + name);
      expect(series).toHaveLength(1);
      return series[0];
    };
    expect(await read('jobs_total')).toMatchObject({
      kind: 'sum',
      temporality: 'cumulative',
      monotonic: true,
      service: 'shop',
      scope: { name: 'utilityfog-telemetry' },
      attributes: { note: 'a "quote" \\ and\na line = 🚀' },
      points: [{ timestamp: 1632150000500, startTimestamp: 1_600_000_000_000, value: 2.5 }],
    });
    expect(await read('temperature')).toMatchObject({ kind: 'gauge', points: [{ value: -1 }] });
    expect(await read('native')).toMatchObject({
      kind: 'exponentialHistogram',
      points: [
        {
          sum: 3,
          scale: 3,
          zeroThreshold: 0.5,
          positive: { offset: 1, bucketCounts: [1, 2] },
          negative: { offset: -1, bucketCounts: [2] },
        },
      ],
    });
    expect(await read('summary')).toMatchObject({
      kind: 'summary',
      points: [{ sum: 3, quantiles: [{ quantile: 0.5, value: 0.5 }] }],
    });
    expect(await read('build_info')).toMatchObject({
      kind: 'sum',
      attributes: { version: '1' },
      points: [{ value: 1 }],
    });
    const [point] = (await read('classic')).points;
    expect(point).toMatchObject({ sum: 3, explicitBounds: [1, 2] });
    // From protobuf this version reads such counts byte by byte, also those of OpenTelemetry's own exporter.
    if (encoding === 'json') expect(point.bucketCounts).toEqual([1, 2, 3]);
  });

  it('refuses what is no request', async () => {
    const [status] = await post(new Uint8Array([255, 255]), 'application/x-protobuf');
    expect(status).toBe(400);
  });
});
