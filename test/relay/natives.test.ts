/** Tests how native buckets of many pages add up in native families of one collector. */
import fc from 'fast-check';
import {
  CONTENT_TYPES,
  formatJSON,
  type JsonHistogram,
  type NativeValue,
  OTLPExporter,
  RemoteWriteExporter,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import { createRelay } from 'utilityfog-telemetry/relay';
import { describe, expect, it } from 'vitest';
import { logOf, makeCollector, sampleOf } from '../collectors.ts';
import { receiver } from '../exporters/http-server.ts';
import { type Encoding, type GivenPoint, NOW, otlpRequest } from './batches.ts';
import { deltaExporter, FORMS } from './delta-exporter.ts';

const ENCODINGS: readonly Encoding[] = ['json', 'protobuf'];

async function entriesOf(collector: TelemetryCollector, name: string): Promise<JsonHistogram[]> {
  const { metrics } = await collector.getSnapshot();
  return [metrics[name] ?? []].flat() as JsonHistogram[];
}

/** Returns how many observations are in each bucket, once buckets are so much wider. */
function populated({ native }: JsonHistogram, wider = 0) {
  const { zero_count, positive, negative } = native!;
  const side = ({ offset, counts }: typeof positive) => {
    const all = new Map<number, number>();
    counts.forEach((count, i) => {
      const bucket = Math.ceil((offset + i) / 2 ** wider);
      if (count > 0) all.set(bucket, (all.get(bucket) ?? 0) + count);
    });
    return [...all].sort(([a], [b]) => a - b);
  };
  return { zero: zero_count, positive: side(positive), negative: side(negative) };
}

function setUp(options: object = {}) {
  const aggregate = makeCollector();
  const relay = createRelay({ allowOrigins: [], aggregate, ...options });
  let time = NOW;
  /** Sends one point of a family. Resolves to why it was refused, or nothing. */
  const send = async (point: GivenPoint, encoding: Encoding = 'json', name = 'n_seconds') => {
    time += 1_000_000n;
    const metric = { name, kind: 'exponentialHistogram', points: [{ time, ...point }] } as const;
    const response = await relay(otlpRequest({ metrics: [metric] }, encoding));
    expect(response.status).toBe(200);
    return new TextDecoder('latin1').decode(await response.arrayBuffer());
  };
  const refused = async (reason: string) =>
    (await sampleOf(aggregate, 'relay_series_refused_total', { reason })) ?? 0;
  return { aggregate, relay, send, refused };
}

const observation = fc.record({
  page: fc.nat(2),
  value: fc.oneof(
    fc.constantFrom(0, 1, -1, 2 ** -130, -(2 ** -200)),
    // Such add up exactly, in whichever order.
    fc
      .tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -64, max: 64 }))
      .map(([exponent, digits]) => digits * 2 ** exponent),
  ),
  isSent: fc.boolean(),
});

it.each(FORMS)('what pages observe adds up, at the coarsest resolution, as %s', async (form) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(observation, { maxLength: 40 }),
      fc.tuple(fc.integer({ min: -2, max: 8 }), fc.integer({ min: -2, max: 8 })),
      async (observations, [schema, pageSchema]) => {
        const own = { maxBuckets: 16_384 };
        const native = { schema, ...own };
        const { aggregate, relay } = setUp({
          families: [{ name: 'n_seconds', type: 'histogram', native }],
        });
        const all = makeCollector().registerHistogram('all', '', {
          native: { schema: 8, ...own },
        });
        const pages = [0, 1, 2].map((page) => {
          const collector = makeCollector();
          const native = { schema: page === 2 ? pageSchema : 8, ...own };
          const observed = collector.registerHistogram('n_seconds', '', { native });
          const url = 'http://relay.test/';
          const exporter = deltaExporter(form, { url });
          return { collector, observed, send: () => exporter.exportMetrics(collector) };
        });
        const { fetch } = globalThis;
        globalThis.fetch = (input, init) => relay(new Request(input, init));
        try {
          let hasCoarse = false;
          for (const { page, value, isSent } of observations) {
            pages[page]!.observed.observe(value);
            all.observe(value);
            hasCoarse ||= page === 2 && Math.abs(value) > 2 ** -128;
            if (isSent) expect(await pages[page]!.send()).toBe(true);
          }
          for (const { send } of pages) expect(await send()).toBe(true);
          const [entry] = await entriesOf(aggregate, 'n_seconds');
          const coarsest = Math.min(schema, hasCoarse ? pageSchema : 8);
          const expected = all.getValue();
          // Values that are too small for the sum of others are lost or not, by the order.
          const sum = expect.closeTo(expected.sum, 30);
          expect(entry).toMatchObject({ count: expected.count, sum });
          expect(entry!.native!.schema).toBe(coarsest);
          const whole = { native: nativeJson(expected.native!) } as unknown as JsonHistogram;
          expect(populated(entry!)).toEqual(populated(whole, 8 - entry!.native!.schema));
          expect(pages.flatMap(({ collector }) => logOf(collector))).toEqual([]);
        } finally {
          globalThis.fetch = fetch;
        }
      },
    ),
    { numRuns: 25 },
  );
});

/** Turns the buckets of `getValue()`, at schema 8, into those of a snapshot. */
function nativeJson({ buckets, zeroCount }: NativeValue) {
  const of = (sign: 1 | -1) => {
    const counts: number[] = [];
    const first = -(1100 * 2 ** 8);
    for (const { lower, upper, count } of buckets) {
      const far = sign > 0 ? upper : -lower;
      if (Math.sign(lower + upper) !== sign) continue;
      counts[Math.round(Math.log2(far) * 2 ** 8) - first] = count;
    }
    return { offset: first, counts };
  };
  return { schema: 8, zero_count: zeroCount, positive: of(1), negative: of(-1) };
}

describe.each(ENCODINGS)('native buckets as %s', (encoding) => {
  it('make a family that is shown in every format', async () => {
    const { aggregate, send } = setUp();
    const point = {
      ...{ count: 6, sum: 9, scale: 1, zeroCount: 1, zeroThreshold: 0 },
      positive: { offset: -1, counts: [1, 0, 3] },
      negative: { offset: 2, counts: [1] },
    };
    expect(await send({ ...point, labels: { page: '/' } }, encoding)).not.toMatch(/n_seconds/);
    await send({ ...point, labels: { page: '/' } }, encoding);
    const [entry] = await entriesOf(aggregate, 'n_seconds');
    expect(entry).toMatchObject({ labels: { page: '/' }, count: 12, sum: 18 });
    expect(entry!.native!.schema).toBe(1);
    expect(populated(entry!)).toEqual({ zero: 2, positive: [[0, 2], [2, 6]], negative: [[3, 2]] }); // biome-ignore format: one line tells more
    expect(await formatJSON(aggregate)).toContain('"schema":1');
    const { url, received } = await receiver();
    for (const exporter of [
      new OTLPExporter({ url, encoding: 'json', compression: 'none' }),
      new RemoteWriteExporter({ url }),
    ]) {
      expect(await exporter.exportMetrics(aggregate)).toBe(true);
    }
    const { resourceMetrics } = JSON.parse(received[0].body.toString());
    const { metrics } = resourceMetrics[0].scopeMetrics[0];
    const own = metrics.find(({ name }: { name: string }) => name === 'n_seconds');
    expect(own.exponentialHistogram.dataPoints[0]).toMatchObject({
      ...{ scale: 1, count: '12', sum: 18, zeroCount: '2' },
      positive: { offset: -1, bucketCounts: ['2', '0', '6'] },
      negative: { offset: 2, bucketCounts: ['2'] },
    });
    const scrape = await aggregate.handler()(
      new Request('http://x/metrics', { headers: { accept: CONTENT_TYPES.protobuf } }),
    );
    const bytes = new Uint8Array(await scrape.arrayBuffer());
    expect(new TextDecoder('latin1').decode(bytes)).toContain('n_seconds');
  });

  const sound = { count: 2, sum: 3, scale: 0, positive: { offset: 0, counts: [1, 1] } };
  it.each<[string, GivenPoint]>([
    ['value', { ...sound, count: 3 }],
    ['value', { ...sound, sum: -1 }],
    ['value', { ...sound, sum: Number.NaN }],
    ['value', { ...sound, sum: Infinity }],
    ['value', { count: 2, scale: 0, positive: { offset: 0, counts: [1, 1] } }],
    ['value', { ...sound, count: 2 ** 60, positive: { offset: 0, counts: [2 ** 60] } }],
    ['value', { ...sound, count: 1e13, positive: { offset: 0, counts: [1e13] } }],
    ['buckets', { ...sound, scale: 21 }],
    ['buckets', { ...sound, scale: -5 }],
    ['buckets', { ...sound, zeroThreshold: 1 }],
    ['buckets', { ...sound, zeroThreshold: Number.NaN }],
    ['buckets', { ...sound, zeroThreshold: -1 }],
    ['buckets', { ...sound, positive: { offset: 1100, counts: [1, 1] } }],
    ['buckets', { ...sound, positive: { offset: -(2 ** 31), counts: [1, 1] } }],
    ['buckets', { ...sound, positive: { offset: 2 ** 31 - 1, counts: [1, 1] } }],
  ])('are refused for %s: %j', async (reason, point) => {
    const { aggregate, send, refused } = setUp();
    await send(sound, encoding);
    await send(point, encoding);
    expect(await refused(reason)).toBe(1);
    const [entry] = await entriesOf(aggregate, 'n_seconds');
    expect(entry).toMatchObject({ count: 2, sum: 3 });
    expect(populated(entry!)).toMatchObject({ positive: [[1, 1], [2, 1]] }); // biome-ignore format: one line tells more
  });

  it('are bounded: a request with too many of them is none', async () => {
    const { relay, send, aggregate } = setUp();
    const many = { offset: 0, counts: new Array(16_385).fill(0) };
    const metric = {
      name: 'n',
      kind: 'exponentialHistogram',
      points: [{ ...sound, negative: many }],
    } as const;
    expect((await relay(otlpRequest({ metrics: [metric] }, encoding))).status).toBe(400);
    expect(aggregate.getMetric('n')).toBeUndefined();
    // Whatever the buckets are, a series has 160 of each sign at most, and others are still counted.
    for (let i = -1000; i < 1000; i += 100) {
      const at = (offset: number) => ({ offset, counts: [1] });
      await send({ count: 2, sum: 0, scale: 0, positive: at(i), negative: at(-i) }, encoding);
    }
    const [entry] = await entriesOf(aggregate, 'n_seconds');
    expect(entry!.count).toBe(40);
    expect(entry!.native!.positive.counts.length).toBeLessThan(161);
  });
});

describe('families of native buckets', () => {
  const native = { schema: 2, maxBuckets: 4, resolutionReduction: false };
  const families = [
    { name: 'n_seconds', type: 'histogram', native, labelNames: ['page'] },
    { name: 'c_seconds', type: 'histogram', buckets: [1] },
  ] as const;
  const one = (offset: number, scale = 2) =>
    ({ count: 1, sum: 1, scale, positive: { offset, counts: [1] } }) as const;

  it('keep their resolution if they are told to', async () => {
    const { aggregate, send, refused } = setUp({ families });
    await send(one(0));
    await send(one(3));
    // One that is finer becomes part of a bucket. One that is coarser, or too far away, would widen all.
    await send(one(4, 4));
    await send(one(4));
    await send(one(0, 1));
    expect(await refused('buckets')).toBe(2);
    const [entry] = await entriesOf(aggregate, 'n_seconds');
    expect(entry!.native!.schema).toBe(2);
    expect(populated(entry!)).toMatchObject({ positive: [[1, 1], [2, 1], [4, 1]] }); // biome-ignore format: one line tells more
  });

  it('take no classic buckets, and classic ones take no native', async () => {
    const { relay, send, refused } = setUp({ families });
    await send(one(0), 'json', 'c_seconds');
    const points = [{ count: 1, sum: 1, bounds: [1], counts: [1, 0] }];
    const metric = { name: 'n_seconds', kind: 'histogram', points } as const;
    expect((await relay(otlpRequest({ metrics: [metric] }))).status).toBe(200);
    expect(await refused('buckets')).toBe(2);
  });

  it('count what is near 0 as the family does, so that it widens no bucket', async () => {
    const { aggregate, send } = setUp();
    await send(one(0));
    await send({ ...one(-1000, 0), sum: 0 });
    const [entry] = await entriesOf(aggregate, 'n_seconds');
    expect(entry!.native!.schema).toBe(2);
    expect(populated(entry!)).toMatchObject({ zero: 1, positive: [[1, 1]] });
  });

  it('may be shared by two relays only if they are the same', () => {
    const aggregate = makeCollector();
    const families = (one: object) => ({
      ...{ allowOrigins: [], aggregate },
      families: [{ name: 'n_seconds', type: 'histogram', ...one }] as never,
    });
    createRelay(families({ native: true }));
    createRelay(families({ native: { schema: 5 } }));
    for (const other of [{ native: { schema: 4 } }, { buckets: [1] }]) {
      expect(() => createRelay(families(other))).toThrow(/defined otherwise by another relay/);
    }
  });

  it.each([
    [{ type: 'histogram', native: true, buckets: [1] }, /either buckets or native/],
    [{ type: 'counter', native: true }, /native only if it is a histogram/],
    [{ type: 'histogram', native: 5 }, /native must be true, or an object/],
    [{ type: 'histogram', native: { schema: 99 } }, /schema must be/],
  ])('are refused if they are not sound: %j', (definition, message) => {
    const families = [{ name: 'n_seconds', ...definition }] as never;
    const make = () => createRelay({ allowOrigins: [], aggregate: makeCollector(), families });
    expect(make).toThrow(expect.objectContaining({ code: expect.stringMatching(/invalid/) }));
    expect(make).toThrow(message);
  });
});
