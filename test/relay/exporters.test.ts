/** What real exporters send by HTTP, added up, also if answers are lost on the way. */
import fc from 'fast-check';
import type { OTLPOptions, TelemetryCollector } from 'utilityfog-telemetry';
import { createRelay } from 'utilityfog-telemetry/relay';
import { describe, expect, it } from 'vitest';
import { logOf, makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { deltaExporter, FORMS, type Form } from './delta-exporter.ts';
import { serveHandler } from './served-relay.ts';

const BUCKETS = [0.1, 1, 10];
const NAMES = ['a_total', 'b_total', 'took_seconds'] as const;

/** A collector as pages have it. */
function page(url: string, form: Form, options: Partial<OTLPOptions> = {}) {
  const collector = makeCollector();
  const metrics = {
    a_total: collector.registerCounter('a_total', 'A', { labelNames: ['x'] }),
    b_total: collector.registerCounter('b_total', 'B'),
    took_seconds: collector.registerHistogram('took_seconds', 'Took', {
      ...{ buckets: BUCKETS, labelNames: ['x'] },
    }),
  };
  const exporter = deltaExporter(form, { url, ...options });
  return { collector, metrics, send: () => exporter.exportMetrics(collector) };
}

function setUp(options: object = {}) {
  const aggregate = makeCollector();
  const relay = createRelay({ allowOrigins: [], aggregate, ...options });
  return { aggregate, relay };
}

/** The samples of the metrics of pages, added up over collectors. */
async function totals(...collectors: readonly TelemetryCollector[]) {
  const sums = new Map<string, number>();
  for (const collector of collectors) {
    for (const name of NAMES) {
      const suffixes = name === 'took_seconds' ? ['_bucket', '_sum', '_count'] : [''];
      for (const suffix of suffixes) {
        for (const { labels, value } of await samplesOf(collector, name + suffix)) {
          const key = `${name}${suffix} ${JSON.stringify(Object.entries(labels).sort())}`;
          sums.set(key, (sums.get(key) ?? 0) + value);
        }
      }
    }
  }
  return Object.fromEntries([...sums].sort());
}

const recording = fc.record({
  page: fc.nat(2),
  metric: fc.constantFrom(...NAMES),
  x: fc.constantFrom('', '1', 'ü "\n'),
  // Such add up exactly, in whichever order.
  value: fc.nat(1000).map((value) => value / 8),
  isSent: fc.boolean(),
});

describe.each(FORMS)('what pages send as %s', (form) => {
  it('adds up to what they have recorded', { timeout: 300_000 }, async () => {
    const { aggregate, relay } = setUp();
    // The pages of all runs add up, as those of a day do.
    const pages: ReturnType<typeof page>[] = [];
    const url = await serveHandler(relay);
    await fc.assert(
      fc.asyncProperty(fc.array(recording, { maxLength: 30 }), async (recordings) => {
        const own = [0, 1, 2].map(() => page(url, form));
        pages.push(...own);
        for (const { page: number, metric, x, value, isSent } of recordings) {
          const { metrics, send } = own[number];
          if (metric === 'took_seconds') metrics.took_seconds.observe(value, { x });
          else if (metric === 'a_total') metrics.a_total.increment(value, { x });
          else metrics.b_total.increment(value);
          if (isSent) expect(await send()).toBe(true);
        }
        for (const { send } of own) expect(await send()).toBe(true);
        expect(await totals(aggregate)).toEqual(
          await totals(...pages.map(({ collector }) => collector)),
        );
      }),
      { numRuns: 12 },
    );
    expect(pages.flatMap(({ collector }) => logOf(collector))).toEqual([]);
  });

  it('counts once, even if answers are lost', { timeout: 120_000 }, async () => {
    const { aggregate, relay } = setUp();
    let asked = 0;
    const url = await serveHandler(async (request) => {
      const response = await relay(request);
      // The relay has counted it, and the page does not know.
      return ++asked % 2 === 1 ? new Response('', { status: 503 }) : response;
    });
    const { collector, metrics, send } = page(url, form);
    for (let i = 1; i <= 3; i++) {
      metrics.a_total.increment(i, { x: '' });
      metrics.took_seconds.observe(i, { x: '1' });
      expect(await send()).toBe(true);
    }
    expect(asked).toBe(6);
    expect(await totals(aggregate)).toEqual(await totals(collector));
    const reason = { reason: 'replayed' };
    expect(await sampleOf(aggregate, 'relay_series_refused_total', reason)).toBeGreaterThan(5);
  });
});

it.each(FORMS)('tells a page what it refuses, in the words of the relay, as %s', async (form) => {
  const { aggregate, relay } = setUp();
  aggregate.registerCounter('b_total', 'Of the server');
  const { collector, metrics, send } = page(await serveHandler(relay), form);
  metrics.b_total.increment();
  expect(await send()).toBe(true);
  expect(logOf(collector).join()).toMatch(/b_total.*the server has a family of this name/);
  expect(await sampleOf(aggregate, 'b_total')).toBe(0);
  const labels = { exporter: form === 'compact' ? 'relay' : 'otlp', reason: 'refused' };
  expect(await sampleOf(collector, 'telemetry_delivery_dropped_series_total', labels)).toBe(1);
});

it('refuses totals of many pages', async () => {
  const { aggregate, relay } = setUp();
  const { collector, metrics, send } = page(await serveHandler(relay), 'protobuf', {
    temporality: 'cumulative',
  });
  metrics.b_total.increment();
  expect(await send()).toBe(true);
  expect(logOf(collector).join()).toContain('temporality: "delta"');
  expect(aggregate.getMetric('b_total')).toBeUndefined();
});
