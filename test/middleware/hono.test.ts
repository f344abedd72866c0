import { Hono } from 'hono';
import { honoMetrics } from 'utilityfog-telemetry/hono';
import { expect, it } from 'vitest';
import { makeCollector, samplesOf } from '../collectors.ts';
import { activeIn, failuresOf, requestsOf } from './requests.ts';

function app() {
  const collector = makeCollector();
  const hono = new Hono();
  hono.use(honoMetrics({ collector }));
  return { collector, hono };
}

it('records each request under the template that matched', async () => {
  const { collector, hono } = app();
  const users = new Hono().get('/:id', (c) => c.text('a user'));
  hono.route('/users', users);
  hono.post('/orders/:order/items', (c) => c.json({}, 201));
  hono.all('/any', (c) => c.text('any'));
  hono.get('/private', async (c) => c.text('no', 403));
  for (const path of ['/users/1', '/users/2', '/any', '/private', '/nowhere/at/all']) {
    await hono.request(path);
  }
  await hono.request('/orders/7/items', { method: 'POST' });
  await hono.request('/users/1', { method: 'PURGE' });
  expect(await requestsOf(collector)).toEqual([
    ['GET', '/users/:id', '200', 2],
    ['GET', '/any', '200', 1],
    ['GET', '/private', '403', 1],
    ['GET', '', '404', 1],
    ['POST', '/orders/:order/items', '201', 1],
    ['_OTHER', '', '404', 1],
  ]);
  expect(await failuresOf(collector)).toEqual([]);
  expect(await activeIn(collector)).toBe(0);
});

it('leaves errors to the application, and records their kind', async () => {
  const { collector, hono } = app();
  hono.get('/fail', () => {
    throw new RangeError('of the application');
  });
  hono.get('/unavailable', (c) => c.text('later', 503));
  const seen: Error[] = [];
  hono.onError((error, c) => {
    seen.push(error);
    return c.text('failed', 500);
  });
  expect((await hono.request('/fail')).status).toBe(500);
  await hono.request('/unavailable');
  expect(seen).toEqual([new RangeError('of the application')]);
  expect(await failuresOf(collector)).toEqual([
    ['/fail', 'RangeError', 1],
    ['/unavailable', '503', 1],
  ]);
});

it('observes seconds in the buckets of OpenTelemetry', async () => {
  const { collector, hono } = app();
  hono.get('/', (c) => c.text('home'));
  await hono.request('/');
  const buckets = await samplesOf(collector, 'http_server_request_duration_seconds_bucket');
  const advised = '0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf';
  expect(buckets.map(({ labels }) => labels.le).join(' ')).toBe(advised);
  expect(buckets.at(-1)!.value).toBe(1);
});

it('can be used twice, and beside a metric of the application that has the name', async () => {
  const { collector, hono } = app();
  hono.use(honoMetrics({ collector }));
  hono.get('/', (c) => c.text('home'));
  expect((await hono.request('/')).status).toBe(200);
  expect(await requestsOf(collector)).toEqual([['GET', '/', '200', 1]]);

  const other = makeCollector({ strict: true });
  const gauge = other.registerGauge('http_requests_total');
  const second = new Hono();
  second.use(honoMetrics({ collector: other }));
  second.get('/', (c) => c.text('home'));
  expect((await second.request('/')).status).toBe(200);
  expect(gauge.getValue().value).toBe(0);
});
