/** Tests `query_exemplars`, with the real history. */
import { history } from 'utilityfog-telemetry/history';
import { promql } from 'utilityfog-telemetry/promql';
import { expect, it } from 'vitest';
import { makeCollector } from '../collectors.ts';
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
    ORDERS,
    SLOW,
  ]);
  const buckets = 'histogram_quantile(0.9, rate(order_seconds_bucket{job="shop"}[5m]))';
  expect((await ask(buckets)).data).toEqual([FAST, SLOW]);
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
