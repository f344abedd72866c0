/** Tests `query_exemplars`, with the real history. */
import { history } from 'utilityfog-telemetry/history';
import { promql } from 'utilityfog-telemetry/promql';
import { expect, it } from 'vitest';
import { makeCollector } from '../collectors.ts';
import { makePast } from '../history/past.ts';
import { PLACES, withQuery } from './asking.ts';

async function asked() {
  const collector = makeCollector({
    use: [history({ labels: { job: 'shop', region: 'eu' } }), promql()],
    labels: { region: 'us' },
  });
  const orders = collector.registerCounter('orders_total', 'Orders');
  orders.increment(1, {}, { exemplar: { trace_id: 'a' } });
  const options = { buckets: [1, 2.5] };
  const seconds = collector.registerHistogram('order_seconds', 'Durations', options);
  seconds.observe(0.5, {}, { exemplar: { trace_id: 'b' } });
  seconds.observe(9, {}, { exemplar: { trace_id: 'c' } });
  const ask = await PLACES['handler()'](collector);
  return async (query: string, ...more: [string, string][]) =>
    (await ask(withQuery('query_exemplars', ['query', query], ...more))).json as {
      data: { seriesLabels: object; exemplars: { timestamp: number }[] }[];
    };
}

const labels = { job: 'shop', region: 'us' };
const exemplar = (trace_id: string, value: string) => ({
  ...{ labels: { trace_id }, value },
  timestamp: expect.any(Number),
});
const ORDERS = {
  seriesLabels: { __name__: 'orders_total', ...labels },
  exemplars: [exemplar('a', '1')],
};
const FAST = {
  seriesLabels: { __name__: 'order_seconds_bucket', ...labels, le: '1.0' },
  exemplars: [exemplar('b', '0.5')],
};
const SLOW = {
  seriesLabels: { __name__: 'order_seconds_bucket', ...labels, le: '+Inf' },
  exemplars: [exemplar('c', '9')],
};

it('shows the newest exemplars of the series that a query selects', async () => {
  const ask = await asked();
  expect(await ask('sum(rate(orders_total[5m])) / 2')).toEqual({
    status: 'success',
    data: [ORDERS],
  });
  expect((await ask('orders_total + on () order_seconds_bucket{le="+Inf"}')).data).toEqual([
    SLOW,
    ORDERS,
  ]);
  const buckets = 'histogram_quantile(0.9, rate(order_seconds_bucket{job="shop"}[5m]))';
  expect((await ask(buckets)).data).toEqual([SLOW, FAST]);
  expect((await ask('orders_total{job="other"}')).data).toEqual([]);
});

it('shows those of the time that is asked for', async () => {
  const ask = await asked();
  const [one] = (await ask('orders_total')).data;
  const at = one!.exemplars[0]!.timestamp;
  expect(Math.abs(at - Date.now() / 1000)).toBeLessThan(600);
  const between = async (from: number, to: number) =>
    (await ask('orders_total', ['start', String(from)], ['end', String(to)])).data.length;
  expect(await between(at - 1, at + 1)).toBe(1);
  expect(await between(at + 1, at + 2)).toBe(0);
  expect(await between(at - 2, at - 1)).toBe(0);
});

it('names buckets as the history does', async () => {
  const collector = makeCollector({ use: [history(), promql()], collectionInterval: 3600 });
  const seconds = collector.registerHistogram('s', '', { buckets: [1, 1e7] });
  for (const value of [0, 5, 1e9]) seconds.observe(value, {}, { exemplar: { trace_id: 'x' } });
  await collector.startCollection();
  const found = async () =>
    (await collector.query('s_bucket')).result as { metric: { le: string } }[];
  await expect.poll(async () => (await found()).length).toBe(3);
  const ask = await PLACES['handler()'](collector);
  const { json } = await ask('query_exemplars?query=s_bucket');
  const { data } = json as { data: { seriesLabels: { le: string } }[] };
  expect(data.map(({ seriesLabels }) => seriesLabels.le).sort()).toEqual(
    (await found()).map(({ metric }) => metric.le).sort(),
  );
});

it('shows earlier ones, too, each once and in the order of their times', async () => {
  const kept = history();
  const collector = makeCollector({ use: [kept, promql()], collectionInterval: 0.05 });
  const newest = async () => (await collector.feature(kept).status()).newest ?? 0;
  const orders = collector.registerCounter('orders_total', 'Orders');
  await collector.startCollection();
  const ask = await PLACES['handler()'](collector);
  const shown = async (...more: [string, string][]) => {
    const { json } = await ask(withQuery('query_exemplars', ['query', 'orders_total'], ...more));
    const { data } = json as { data: { exemplars: { labels: object; timestamp: number }[] }[] };
    return data.flatMap(({ exemplars }) => exemplars);
  };
  const ids = async (...more: [string, string][]) =>
    (await shown(...more)).map(({ labels }) => (labels as { trace_id: string }).trace_id);
  for (const [i, trace_id] of ['a', 'b', 'c'].entries()) {
    orders.increment(1, {}, { exemplar: { trace_id } });
    await expect.poll(() => ids()).toHaveLength(i + 1);
    // Only what a collection run has seen stays when the next one comes. The first of these may have begun before.
    for (let runs = 0; runs < 2; runs++) {
      const last = await newest();
      await expect.poll(newest).toBeGreaterThan(last);
    }
  }
  expect(await ids()).toEqual(['a', 'b', 'c']);
  const times = (await shown()).map(({ timestamp }) => timestamp);
  expect(times).toEqual([...times].sort((one, other) => one - other));
  expect(await ids(['start', String(times[1])])).toEqual(['b', 'c']);
  expect(await ids(['end', String(times[1])])).toEqual(['a', 'b']);
});

it('keeps no more of them than its memory allows, and counts them', async () => {
  const past = await makePast({ maxBytes: 1_000_000 });
  const bytes = () => (past.part.calls!.status as () => { bytes: number })().bytes;
  past.collector.registerCounter('orders_total', 'Orders').increment();
  const snapshot = await past.read();
  const kept = () => [...past.part.exemplars()].flatMap(({ exemplars }) => exemplars);
  for (let i = 0; i < 400; i++) {
    const labels = { trace_id: String(i).padStart(100, '0') };
    const exemplar = { labels, value: 1, timestamp: 1e9 + i };
    const families = snapshot.families.map((family) =>
      family.name === 'orders_total'
        ? { ...family, exemplars: new Map([[family.series[0]!, [exemplar]]]) }
        : family,
    );
    past.sample({ ...snapshot, families }, 1e9 + i);
  }
  expect(kept().length).toBeGreaterThan(50);
  expect(kept().length).toBeLessThan(200);
  expect(kept().at(-1)).toMatchObject({ labels: { trace_id: '399'.padStart(100, '0') } });
  const before = bytes();
  past.sample(snapshot, 1e9 + 4000);
  expect(kept()).toEqual([]);
  expect(before - bytes()).toBeGreaterThan(30_000);
});
