import { type Counter, formatPrometheus, type TelemetryCollector } from 'utilityfog-telemetry';
import { createRelay } from 'utilityfog-telemetry/relay';
import { describe, expect, it } from 'vitest';
import { errors, makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { counted, type GivenBatch, type GivenMetric, NOW, otlpRequest } from './batches.ts';

/** What the relay says was refused. */
interface Refusal {
  readonly count: number;
  readonly why: string;
}

function setUp(options: object = {}, collector: TelemetryCollector = makeCollector()) {
  const relay = createRelay({ allowOrigins: [], aggregate: collector, ...options });
  let time = NOW;
  /** Sends metrics, each time as of a later moment. */
  const send = async (...metrics: readonly GivenMetric[]): Promise<Refusal> => {
    time += 1_000_000n;
    const later = metrics.map((metric) => ({
      ...metric,
      points: metric.points.map((point) => ({ ...point, time })),
    }));
    return sendBatch({ metrics: later });
  };
  const sendBatch = async (batch: GivenBatch): Promise<Refusal> => {
    const response = await relay(otlpRequest(batch));
    expect(response.status).toBe(200);
    const { partialSuccess } = (await response.json()) as {
      partialSuccess?: { rejectedDataPoints: string; errorMessage: string };
    };
    const { rejectedDataPoints = '0', errorMessage = '' } = partialSuccess ?? {};
    return { count: Number(rejectedDataPoints), why: errorMessage };
  };
  const refused = (reason: string) => sampleOf(collector, 'relay_series_refused_total', { reason });
  return { collector, send, sendBatch, refused };
}

const histogram = (name: string, bounds: readonly number[], rest: object = {}): GivenMetric => {
  const counts = [...bounds, 0].map(() => 1);
  return {
    ...{ name, kind: 'histogram' },
    points: [{ bounds, counts, count: counts.length, sum: 1, ...rest }],
  };
};

describe('families that are defined', () => {
  const families = [
    { name: 'views_total', type: 'counter', description: 'Views', labelNames: ['page'] },
    { name: 'took_seconds', type: 'histogram', buckets: [0.1, 1, Infinity], unit: 'seconds' },
    { name: 'open_tabs', type: 'gauge', labelNames: ['browser'] },
  ] as const;

  it('are there as defined, before any page sends', async () => {
    const { collector, send } = setUp({ families });
    expect(await formatPrometheus(collector)).toContain('# HELP views_total Views\n');
    expect(collector.getMetric('took_seconds')?.type).toBe('histogram');
    const description = 'Something else';
    expect((await send({ ...counted('views_total', 1, { page: '/' }), description })).count).toBe(
      0,
    );
    expect(await formatPrometheus(collector)).toContain('# HELP views_total Views\n');
    expect(await sampleOf(collector, 'views_total', { page: '/' })).toBe(1);
  });

  it('are all that pages may write', async () => {
    const { collector, send, refused } = setUp({ families });
    expect(await send(counted('other_total', 1))).toEqual({
      count: 1,
      why: expect.stringContaining('other_total, …: the relay does not take'),
    });
    expect(collector.getMetric('other_total')).toBeUndefined();
    expect(await refused('unlisted')).toBe(1);
  });

  it('keep their labels, and take none for an empty one', async () => {
    const { collector, send, refused } = setUp({ families });
    expect((await send(counted('views_total', 1, { page: '/', user: '7' }))).count).toBe(1);
    expect((await send(counted('views_total', 1, { user: '7' }))).count).toBe(1);
    expect((await send(counted('views_total', 2))).count).toBe(0);
    expect((await send(counted('views_total', 3, { page: '' }))).count).toBe(0);
    expect(await samplesOf(collector, 'views_total')).toMatchObject([{ value: 5 }]);
    expect(await refused('labels')).toBe(2);
  });

  it('keep their type and their buckets', async () => {
    const { send, refused } = setUp({ families });
    expect((await send(histogram('views_total', [1]))).count).toBe(1);
    expect((await send(counted('took_seconds', 1))).count).toBe(1);
    expect(await refused('type')).toBe(2);
    expect((await send(histogram('took_seconds', [0.1, 1]))).count).toBe(0);
    for (const bounds of [[0.1], [0.1, 2], [0.1, 1, 2], []]) {
      expect((await send(histogram('took_seconds', bounds))).count).toBe(1);
    }
    expect(await refused('buckets')).toBe(4);
  });

  it('may be gauges: the number that came last', async () => {
    const { collector, sendBatch } = setUp({ families });
    const gauge = (sender: string, value: number) =>
      sendBatch({
        sender,
        metrics: [
          { name: 'open_tabs', kind: 'gauge', points: [{ value, labels: { browser: 'x' } }] },
        ],
      });
    await gauge('a', 3);
    await gauge('b', 5);
    expect(await sampleOf(collector, 'open_tabs', { browser: 'x' })).toBe(5);
    expect((await gauge('c', Number.NaN)).count).toBe(1);
    expect((await gauge('d', Infinity)).count).toBe(1);
    expect(await sampleOf(collector, 'open_tabs', { browser: 'x' })).toBe(5);
  });

  it('may be shared by two relays', async () => {
    const collector = makeCollector();
    const one = setUp({ families, token: undefined }, collector);
    const other = setUp({ families }, collector);
    await one.send(counted('views_total', 1, { page: '/' }));
    await other.send(counted('views_total', 2, { page: '/' }));
    await one.send(histogram('took_seconds', [0.1, 1]));
    await other.send(histogram('took_seconds', [0.1, 1]));
    expect(await sampleOf(collector, 'views_total', { page: '/' })).toBe(3);
    expect(await sampleOf(collector, 'took_seconds_count')).toBe(6);
  });

  it('are kept from pages whose relay does not list them', async () => {
    const collector = makeCollector();
    const ofServers = setUp({ families: [DEFINED] }, collector);
    const listing = setUp({ families: ['views_total'] }, collector);
    const open = setUp({}, collector);
    expect((await ofServers.send(counted('defined_total', 1))).count).toBe(0);
    expect((await listing.send(counted('defined_total', 1))).why).toContain('the server has');
    expect((await open.send(counted('defined_total', 1))).why).toContain('the server has');
    expect((await open.send(counted('own_total', 1))).count).toBe(0);
    expect((await listing.send(counted('own_total', 1))).count).toBe(1);
    expect(await sampleOf(collector, 'defined_total')).toBe(1);
    expect(await sampleOf(collector, 'own_total')).toBe(1);
    // A relay that names it takes it as it is.
    const naming = setUp({ families: [/^defined/] }, collector);
    expect((await naming.send(counted('defined_total', 1))).count).toBe(0);
    expect(await sampleOf(collector, 'defined_total')).toBe(2);
  });

  it('must not be defined otherwise by another relay', () => {
    const collector = makeCollector();
    setUp({ families }, collector);
    for (const other of [{ labelNames: ['x'] }, { type: 'gauge' }]) {
      const options = { families: [{ ...families[0], ...other }] };
      expect(() => setUp(options, collector)).toThrow(/views_total is defined otherwise/);
    }
    const buckets = { families: [{ ...families[1], buckets: [1] }] };
    expect(() => setUp(buckets, collector)).toThrow(/took_seconds is defined otherwise/);
  });

  it('are not written any more once the application has removed them', async () => {
    const collector = makeCollector({ strict: true });
    const { send, refused } = setUp({ families }, collector);
    expect((await send(counted('views_total', 1))).count).toBe(0);
    collector.unregister('views_total');
    expect((await send(counted('views_total', 1))).count).toBe(1);
    const own = collector.registerCounter('views_total');
    expect((await send(counted('views_total', 1))).count).toBe(1);
    expect(own.getValue().value).toBe(0);
    expect(await refused('owned')).toBe(2);
  });

  it('must be free', () => {
    const collector = makeCollector();
    collector.registerCounter('views_total');
    expect(() => setUp({ families }, collector)).toThrow(/views_total/);
  });
});

describe('families that are named', () => {
  it('are what the first page makes of them', async () => {
    const families = ['views_total', /^web_/g];
    const { collector, send } = setUp({ families });
    for (let i = 0; i < 3; i++) {
      expect((await send(counted('views_total', 1), counted('web_x_total', 1))).count).toBe(0);
    }
    expect((await send(counted('my_web_total', 1))).count).toBe(1);
    expect((await send(counted('views_total_2', 1))).count).toBe(1);
    expect(await sampleOf(collector, 'views_total')).toBe(3);
    expect(await sampleOf(collector, 'web_x_total')).toBe(3);
  });

  it('have all labels that the first batch has', async () => {
    const { collector, send } = setUp();
    const points = [
      { value: 1, labels: { a: '1' } },
      { value: 1, labels: { b: '2', a: '1' } },
    ];
    expect((await send({ name: 'x_total', points })).count).toBe(0);
    expect((await send(counted('x_total', 5, { b: '2', a: '1' }))).count).toBe(0);
    expect((await send(counted('x_total', 5, { c: '2' }))).count).toBe(1);
    expect(await sampleOf(collector, 'x_total', { a: '1', b: '2' })).toBe(6);
  });

  it('may have the names of OpenTelemetry where the collector takes them', async () => {
    const sent = counted('http.requests', 2, { 'http.method': 'GET', ok: true, code: 200.5 });
    const legacy = setUp();
    expect((await legacy.send(sent)).count).toBe(1);
    expect(await legacy.refused('name')).toBe(1);
    const { collector, send } = setUp({}, makeCollector({ names: 'utf8' }));
    expect((await send(sent)).count).toBe(0);
    const labels = { 'http.method': 'GET', ok: 'true', code: '200.5' };
    expect((collector.getMetric('http.requests') as Counter<string>).getValue(labels).value).toBe(
      2,
    );
  });

  it('are no gauges', async () => {
    const { send, refused } = setUp();
    const gauge = { name: 'x', kind: 'gauge', points: [{ value: 1 }] } as const;
    expect(await send(gauge)).toEqual({ count: 1, why: expect.stringContaining('`families`') });
    // A sum that may fall is a gauge, too, unless it says by how much.
    expect((await send({ ...gauge, kind: 'updown', temporality: 'cumulative' })).count).toBe(1);
    expect(await refused('gauge')).toBe(2);
    expect((await send({ ...gauge, kind: 'updown' })).count).toBe(1);
    expect(await refused('kind')).toBe(1);
  });

  it('may be ignored without a word', async () => {
    const { collector, send, refused } = setUp({ ignore: ['noise', /^process_/] });
    const gauge = { kind: 'gauge', points: [{ value: 1 }] } as const;
    const own = counted('telemetry_events_total', 3);
    const sent = [{ ...gauge, name: 'noise' }, { ...gauge, name: 'process_x' }, own];
    expect((await send(...sent, counted('views_total', 1))).count).toBe(0);
    expect(await refused('ignored')).toBe(3);
    expect(await sampleOf(collector, 'telemetry_events_total')).toBe(0);
  });
});

describe('totals', () => {
  it('are refused, in words that say what to do', async () => {
    const { collector, send, refused } = setUp();
    const counter = { ...counted('x_total', 1), temporality: 'cumulative' } as const;
    const answer = await send(counter, { ...histogram('y', [1]), temporality: 'cumulative' });
    expect(answer).toEqual({ count: 2, why: expect.stringContaining('temporality: "delta"') });
    expect(await refused('cumulative')).toBe(2);
    expect(collector.getMetric('x_total')).toBeUndefined();
    await send(counted('x_total', 1));
    expect((await send(counter)).count).toBe(1);
    expect(await sampleOf(collector, 'x_total')).toBe(1);
  });
});

describe('what is not of pages', () => {
  it('stays as it is: families of the server, of the collector and of the relay', async () => {
    const collector = makeCollector();
    collector.registerCounter('orders_total').increment(7);
    collector.registerHistogram('took', '', { buckets: [1] }).observe(0.5);
    const { send, refused } = setUp({}, collector);
    const before = await formatPrometheus(collector);
    for (const name of ['orders_total', 'relay_requests_total', 'relay_bytes_total', 'took']) {
      expect((await send(counted(name, 1000))).count).toBe(1);
    }
    expect((await send(histogram('took', [1]))).count).toBe(1);
    expect(await refused('owned')).toBe(5);
    // Names that samples of other families have.
    for (const name of ['took_count', 'took_bucket', 'took_sum', '1x', 'a b', '', 'é']) {
      expect([name, (await send(counted(name, 1000))).count]).toEqual([name, 1]);
    }
    const sample = (text: string, name: string) => text.match(new RegExp(`^${name} .*$`, 'm'))?.[0];
    const after = await formatPrometheus(collector);
    for (const name of ['orders_total', 'took_count', 'took_sum']) {
      expect(sample(after, name)).toBe(sample(before, name));
    }
    expect(await errors(collector, 'invalid_value')).toBe(0);
  });

  it('has no label that stands for something else', async () => {
    const collector = makeCollector();
    const { send } = setUp({}, collector);
    for (const label of ['otel_metric_overflow', '__name__', 'le ', '1', '']) {
      expect((await send(counted('x_total', 1, { [label]: 'true' }))).count).toBe(1);
    }
    expect((await send(histogram('y', [1], { labels: { le: '7' } }))).count).toBe(1);
    expect(collector.getMetric('x_total') ?? collector.getMetric('y')).toBeUndefined();
  });
});

describe('the limits', () => {
  it('bound the series of all families together', async () => {
    const { collector, send, refused } = setUp({ seriesLimit: 3 });
    const of = (name: string, i: number) => counted(name, 1, { i: String(i) });
    expect((await send(of('a_total', 1), of('a_total', 2), of('b_total', 1))).count).toBe(0);
    expect((await send(of('a_total', 3), of('b_total', 2))).count).toBe(2);
    expect(await refused('series')).toBe(2);
    // What is there goes on.
    expect((await send(of('a_total', 2), of('b_total', 1))).count).toBe(0);
    expect(await sampleOf(collector, 'a_total', { i: '2' })).toBe(2);
  });

  it('bound the families', async () => {
    const { send, refused } = setUp({ familyLimit: 2, families: [/./, DEFINED] });
    expect((await send(counted('a_total', 1), counted('b_total', 1))).count).toBe(0);
    expect((await send(counted('c_total', 1), counted('defined_total', 1))).count).toBe(1);
    expect(await refused('families')).toBe(1);
  });

  it('leave the limit of the collector to the collector, which loses nothing', async () => {
    const collector = makeCollector({ seriesLimit: 2 });
    const { send } = setUp({}, collector);
    for (let i = 0; i < 5; i++) await send(counted('a_total', 1, { i: String(i) }));
    for (let i = 0; i < 5; i++) await send(histogram('b', [1], { labels: { i: String(i) } }));
    const values = (await samplesOf(collector, 'a_total')).map(({ value }) => value);
    expect(values.reduce((sum, value) => sum + value, 0)).toBe(5);
    expect(values.length).toBe(3);
    const counts = (await samplesOf(collector, 'b_count')).map(({ value }) => value);
    expect(counts.reduce((sum, value) => sum + value, 0)).toBe(10);
    expect(await errors(collector, 'invalid_value')).toBe(0);
  });

  it('take what a page had no room for as a series whose labels are not known', async () => {
    const { collector, send } = setUp();
    await send(counted('a_total', 1, { i: '1' }));
    const overflow = counted('a_total', 7, { 'otel.metric.overflow': true });
    expect((await send(overflow)).count).toBe(0);
    expect(await samplesOf(collector, 'a_total')).toMatchObject([{ value: 1 }, { value: 7 }]);
  });
});

const DEFINED = { name: 'defined_total', type: 'counter' } as const;

describe('numbers', () => {
  it.each([-1, Number.NaN, Infinity, -Infinity, 1e13, 1e308])('are refused: %d', async (value) => {
    const { collector, send, refused } = setUp();
    await send(counted('x_total', 1));
    expect((await send(counted('x_total', value))).count).toBe(1);
    expect(await refused('value')).toBe(1);
    expect(await sampleOf(collector, 'x_total')).toBe(1);
    expect(await errors(collector, 'invalid_value')).toBe(0);
  });

  it('may be larger where that is allowed', async () => {
    const { collector, send } = setUp({ maxIncrement: 1e20 });
    expect((await send(counted('x_total', 1e20))).count).toBe(0);
    expect(await sampleOf(collector, 'x_total')).toBe(1e20);
  });

  it.each([
    ['a count that is not that of the buckets', { count: 5 }],
    ['no count', { count: undefined }],
    ['a fraction', { counts: [0.5, 0.5], count: 1 }],
    ['less than nothing', { counts: [-1, 3], count: 2 }],
    ['more than can be counted', { counts: [2 ** 53, 0], count: 2 ** 53 }],
    ['no number for a sum', { sum: Number.NaN }],
    ['a sum that falls', { sum: -1 }],
    ['no sum', { sum: undefined }],
    ['an endless sum', { sum: Infinity }],
    ['too few buckets', { counts: [2], count: 2 }],
    ['too many buckets', { counts: [1, 1, 0], count: 2 }],
  ])('of histograms are refused with %s', async (_, rest) => {
    const { collector, send } = setUp();
    await send(histogram('x', [1]));
    const before = await samplesOf(collector, 'x_bucket');
    expect((await send(histogram('x', [1], rest))).count).toBe(1);
    expect(await samplesOf(collector, 'x_bucket')).toEqual(before);
    expect(await sampleOf(collector, 'x_sum')).toBe(1);
  });

  it('of histograms have no sum where observations may be negative', async () => {
    const { collector, send } = setUp();
    expect((await send(histogram('x', [-1, 1], { sum: undefined }))).count).toBe(0);
    expect(await sampleOf(collector, 'x_sum')).toBeNaN();
    expect(await sampleOf(collector, 'x_count')).toBe(3);
  });

  it('of histograms stay exact', async () => {
    const { collector, send } = setUp({ maxIncrement: 2 ** 53 });
    const most = { counts: [Number.MAX_SAFE_INTEGER - 1, 0], count: Number.MAX_SAFE_INTEGER - 1 };
    expect((await send(histogram('x', [1], most))).count).toBe(0);
    expect((await send(histogram('x', [1], { counts: [1, 1], count: 2 }))).count).toBe(1);
    expect(await sampleOf(collector, 'x_count')).toBe(Number.MAX_SAFE_INTEGER - 1);
  });
});

describe('senders', () => {
  it.each([null, '', 'x'.repeat(2000)])('must say who they are', async (sender) => {
    const { collector, sendBatch, refused } = setUp();
    const answer = await sendBatch({ sender, metrics: [counted('x_total', 1)] });
    expect(answer).toEqual({ count: 1, why: expect.stringContaining('service.instance.id') });
    expect(await refused('sender')).toBe(1);
    expect(collector.getMetric('x_total')).toBeUndefined();
  });

  it('must say when', async () => {
    const { sendBatch, refused } = setUp();
    expect((await sendBatch({ metrics: [counted('x_total', 1, {}, 0n)] })).count).toBe(1);
    expect(await refused('time')).toBe(1);
  });
});

describe('series that no page sends any more', () => {
  it('go, and make room for others', async () => {
    const { collector, send, refused } = setUp({ expireAfter: 2, seriesLimit: 4 });
    const both = (i: string) => [
      counted('a_total', 1, { i }),
      histogram('b', [1], { labels: { i } }),
    ];
    expect((await send(...both('1'), ...both('2'))).count).toBe(0);
    expect((await send(...both('3'))).count).toBe(2);
    expect(await refused('series')).toBe(2);
    // What is sent again and again stays.
    await expect.poll(async () => (await send(...both('1'), ...both('3'))).count).toBe(0);
    const labels = async (name: string) =>
      (await samplesOf(collector, name)).map(({ labels }) => labels.i).sort();
    await expect.poll(() => labels('b_count')).toEqual(['1', '3']);
    await expect.poll(() => labels('a_total')).toEqual(['1', '3']);
    expect(await sampleOf(collector, 'b_count', { i: '1' })).toBeGreaterThan(2);
  });

  it('go even if there is room, and begin anew', async () => {
    const { collector, send } = setUp({ expireAfter: 1 });
    const labels = { i: '1' };
    const sent = [
      counted('a_total', 1, labels),
      histogram('b', [1], { labels }),
      histogram('c', [1]),
    ];
    expect((await send(...sent)).count).toBe(0);
    expect(await sampleOf(collector, 'b_count', labels)).toBe(2);
    await expect.poll(() => samplesOf(collector, 'b_count')).toEqual([]);
    await expect.poll(() => samplesOf(collector, 'a_total')).toEqual([]);
    expect((await send(...sent)).count).toBe(0);
    expect(await sampleOf(collector, 'a_total', labels)).toBe(1);
    expect(await sampleOf(collector, 'b_count', labels)).toBe(2);
    // A histogram without labels cannot go, and so it goes on.
    expect(await sampleOf(collector, 'c_count')).toBe(4);
  });

  it('stay as long as any relay of the collector gets them', async () => {
    const collector = makeCollector();
    const options = { expireAfter: 2, seriesLimit: 1 };
    const families = [{ ...DEFINED, labelNames: ['i'] }];
    const one = setUp({ ...options, families }, collector);
    const other = setUp({ ...options, families }, collector);
    const of = (i: string) => counted('defined_total', 1, { i });
    expect((await one.send(of('1'))).count).toBe(0);
    const start = performance.now();
    let sender = 0;
    // Only the other relay hears of the series. Then this one still has no room for a second.
    await expect
      .poll(async () => {
        await other.sendBatch({ sender: `${sender++}`, metrics: [of('1')] });
        return performance.now() - start;
      })
      .toBeGreaterThan(2500);
    expect((await one.send(of('2'))).count).toBe(1);
  });
});
