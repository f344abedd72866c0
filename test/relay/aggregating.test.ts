import { createRelay } from 'utilityfog-telemetry/relay';
import { describe, expect, it } from 'vitest';
import { makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { counted, type Encoding, jsonOf, NOW, otlpRequest, post } from './batches.ts';

const ENCODINGS: readonly Encoding[] = ['json', 'protobuf'];

describe.each(ENCODINGS)('a relay that adds up, in %s', (encoding) => {
  const setUp = (options: object = {}) => {
    const collector = makeCollector();
    const relay = createRelay({ allowOrigins: [], aggregate: collector, ...options });
    const send = async (batch: Parameters<typeof otlpRequest>[0]) => {
      const response = await relay(otlpRequest(batch, encoding));
      return { status: response.status, text: await response.text() };
    };
    return { collector, relay, send };
  };

  it('adds the deltas of all senders to one set of series', async () => {
    const { collector, send } = setUp();
    for (const sender of ['a', 'b', 'c']) {
      const metrics = [counted('views_total', 2, { page: '/' }), counted('clicks_total', 1)];
      expect(await send({ sender, metrics })).toMatchObject({ status: 200 });
    }
    await send({
      sender: 'a',
      metrics: [counted('views_total', 0.5, { page: '/x' }, NOW + 1000n)],
    });
    expect(await samplesOf(collector, 'views_total')).toMatchObject([
      { labels: { page: '/' }, value: 6 },
      { labels: { page: '/x' }, value: 0.5 },
    ]);
    expect(await sampleOf(collector, 'clicks_total')).toBe(3);
    expect(await sampleOf(collector, 'relay_requests_total', { outcome: 'taken' })).toBe(4);
    expect(await sampleOf(collector, 'relay_points_total')).toBe(7);
  });

  it('adds up buckets and sums', async () => {
    const { collector, send } = setUp();
    const point = {
      bounds: [0.1, 1],
      counts: [1, 2, 3],
      count: 6,
      sum: 9.5,
      labels: { route: '/' },
    };
    const metric = { name: 'took_seconds', kind: 'histogram', points: [point] } as const;
    for (const sender of ['a', 'b']) await send({ sender, metrics: [metric] });
    const buckets = await samplesOf(collector, 'took_seconds_bucket');
    expect(buckets.map(({ labels, value }) => [labels.le, value])).toEqual([
      ['0.1', 2],
      ['1', 6],
      ['+Inf', 12],
    ]);
    expect(await sampleOf(collector, 'took_seconds_sum', { route: '/' })).toBe(19);
    expect(await sampleOf(collector, 'took_seconds_count', { route: '/' })).toBe(12);
  });
});

describe('a batch that is sent again', () => {
  const setUp = (options: object = {}) => {
    const collector = makeCollector();
    const relay = createRelay({ allowOrigins: [], aggregate: collector, ...options });
    const send = async (sender: string, time: bigint, name = 'views_total') => {
      const response = await relay(otlpRequest({ sender, metrics: [counted(name, 1, {}, time)] }));
      return [response.status, await response.text()];
    };
    const views = () => sampleOf(collector, 'views_total');
    const replayed = () =>
      sampleOf(collector, 'relay_series_refused_total', { reason: 'replayed' });
    return { send, views, replayed };
  };

  it('is answered as before, and counts once', async () => {
    const { send, views, replayed } = setUp();
    expect(await send('a', NOW)).toEqual([200, '{}']);
    expect(await send('a', NOW)).toEqual([200, '{}']);
    expect(await views()).toBe(1);
    expect(await replayed()).toBe(1);
    // The next one counts, and so does one of another sender with the same time.
    await send('a', NOW + 1_000_000n);
    await send('b', NOW);
    expect(await views()).toBe(3);
  });

  it('is told from one that a later one has overtaken', async () => {
    const { send, views, replayed } = setUp();
    for (const milliseconds of [3, 1, 2, 1, 2, 3]) {
      expect(await send('a', NOW + BigInt(milliseconds) * 1_000_000n)).toEqual([200, '{}']);
    }
    expect(await views()).toBe(3);
    expect(await replayed()).toBe(3);
  });

  it('is known however much has come since then', async () => {
    const { send, views } = setUp();
    const times = Array.from({ length: 40 }, (_, i) => NOW + BigInt(i) * 1_000_000n);
    for (const time of [...times, ...times]) await send('a', time);
    expect(await views()).toBe(40);
  });

  it('leaves the later value of a gauge when it comes late', async () => {
    const collector = makeCollector();
    const families = [{ name: 'depth', type: 'gauge' }] as const;
    const relay = createRelay({ allowOrigins: [], aggregate: collector, families });
    for (const [time, value] of [
      [NOW + 1_000_000n, 2],
      [NOW, 1],
    ] as const) {
      const points = [{ time, value }];
      await relay(otlpRequest({ metrics: [{ name: 'depth', kind: 'gauge', points }] }));
    }
    expect(await sampleOf(collector, 'depth')).toBe(2);
  });

  it('is known for as many senders as are remembered', async () => {
    const { send, views } = setUp({ senderLimit: 2 });
    for (const sender of ['a', 'b', 'a', 'c', 'a']) await send(sender, NOW);
    expect(await views()).toBe(3);
    await send('b', NOW); // it was silent longest
    expect(await views()).toBe(4);
  });

  it('may hold its sender several times', async () => {
    const collector = makeCollector();
    const relay = createRelay({ allowOrigins: [], aggregate: collector });
    const { resourceMetrics } = jsonOf({ metrics: [counted('views_total', 1)] }) as {
      resourceMetrics: object[];
    };
    const twice = JSON.stringify({ resourceMetrics: [...resourceMetrics, ...resourceMetrics] });
    for (let i = 0; i < 2; i++) expect((await relay(post(twice))).status).toBe(200);
    expect(await sampleOf(collector, 'views_total')).toBe(2);
  });

  it('counts all points of a batch that have different times', async () => {
    const collector = makeCollector();
    const relay = createRelay({ allowOrigins: [], aggregate: collector });
    const points = [NOW + 5000n, NOW, NOW + 9000n].map((time) => ({ time, value: 1 }));
    for (let i = 0; i < 2; i++) {
      await relay(otlpRequest({ metrics: [{ name: 'views_total', points }] }));
    }
    expect(await sampleOf(collector, 'views_total')).toBe(3);
  });
});
