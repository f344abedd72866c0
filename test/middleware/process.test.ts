/** `instrumentProcess()` in the process of the test: what it observes, and what it leaves alone. */
import http, { get, type IncomingMessage } from 'node:http';
import express from 'express';
import { expressMetrics } from 'utilityfog-telemetry/http';
import { instrumentProcess, type ProcessOptions } from 'utilityfog-telemetry/server';
import { expect, it, onTestFinished } from 'vitest';
import { logOf, samplesOf } from '../collectors.ts';
import { freePort } from '../free-port.ts';
import type { SentSpan } from '../opentelemetry/traces/sent-spans.ts';
import { requestsOf } from './requests.ts';
import { attributesOf, durationsOf, listen, setUp, traceparent } from './traced.ts';

async function instrumented(options: ProcessOptions = {}) {
  const traced = await setUp();
  // The server that takes the spans is in this process, too.
  const ignore: ProcessOptions['ignore'] = ({ kind, url }) =>
    kind === 'server' && url === '/v1/traces';
  const given = { tracing: traced.requests, ignore, ...options };
  const undo = instrumentProcess(traced.collector, given);
  onTestFinished(undo);
  return { ...traced, undo };
}

/** Asks with `node:http`, by way of its default export and by name. */
const asking = {
  fetch: async (url: string, headers = {}) => void (await (await fetch(url, { headers })).text()),
  'http.get': (url: string, headers = {}) => answered((heard) => http.get(url, { headers }, heard)),
  get: (url: string, headers = {}) => answered((heard) => get(url, { headers }, heard)),
  'http.request': (url: string, headers = {}) =>
    answered((heard) => http.request(url, { headers }, heard).end()),
};
const answered = (ask: (heard: (response: IncomingMessage) => void) => unknown) =>
  new Promise<void>((resolve) => void ask((response) => response.resume().on('end', resolve)));

const ofKind = (spans: readonly SentSpan[], kind: number) =>
  spans.filter((span) => span.kind === kind);

it.each(Object.entries(asking))(
  'makes one trace of a request by %s and its answer',
  async (_, ask) => {
    const { collector, sent, tracer } = await instrumented();
    const seen: unknown[] = [];
    const app = express();
    app.get('/users/:id', async (request, response) => {
      seen.push(request.headers.traceparent);
      await null;
      tracer.startSpan('inner').end();
      response.send('a user');
    });
    const url = await listen(app);
    await tracer.startActiveSpan('outer', async (outer) => {
      await ask(`${url}/users/1?sig=secret`);
      outer.end();
    });
    await expect.poll(() => durationsOf(collector, 'client')).toHaveLength(1);
    const spans = await sent();
    const byName = (name: string) => spans.find((span) => span.name === name)!;
    const [outer, inner, server] = ['outer', 'inner', 'GET /users/:id'].map(byName) as SentSpan[];
    const [client, ...others] = ofKind(spans, 3);
    expect(others).toEqual([]);
    expect(client).toMatchObject({ name: 'GET', parentSpanId: outer!.spanId });
    expect(server).toMatchObject({ kind: 2, parentSpanId: client!.spanId });
    expect(inner).toMatchObject({ parentSpanId: server!.spanId, traceId: outer!.traceId });
    expect(seen).toEqual([`00-${client!.traceId}-${client!.spanId}-01`]);
    expect(attributesOf(client)).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(url).port),
      'url.full': `${url}/users/1?sig=REDACTED`,
    });
    const [duration] = await durationsOf(collector, 'client');
    expect(duration).toMatchObject({
      labels: {
        http_request_method: 'GET',
        server_address: '127.0.0.1',
        server_port: new URL(url).port,
        http_response_status_code: '200',
        error_type: '',
      },
      exemplars: [{ labels: { trace_id: client!.traceId, span_id: client!.spanId } }],
    });
    expect(await requestsOf(collector)).toEqual([['GET', '/users/:id', '200', 1]]);
    expect(logOf(collector)).toEqual([]);
  },
);

it.each(Object.entries(asking))('adds no headers to those of %s', async (_, ask) => {
  const { collector, sent } = await instrumented();
  const seen: unknown[] = [];
  const url = await listen(({ headers }, response) => {
    seen.push(headers.traceparent);
    response.end();
  });
  await ask(url, { traceparent });
  expect(seen).toEqual([traceparent]);
  await expect.poll(() => durationsOf(collector, 'client')).toHaveLength(1);
  expect(ofKind(await sent(), 3)).toEqual([]);
});

it('sends headers only where it is told to, and leaves alone what is ignored', async () => {
  const seen: unknown[] = [];
  const listener: Parameters<typeof listen>[0] = ({ headers, url }, response) => {
    seen.push([url, typeof headers.traceparent]);
    response.end();
  };
  const [inside, outside] = [await listen(listener), await listen(listener)];
  const { collector, sent } = await instrumented({
    propagateTo: [inside],
    ignore({ url }) {
      if (url.endsWith('/fails')) throw new Error('of the application');
      return url.includes('/v1/traces') || url.endsWith('/ignored');
    },
  });
  for (const ask of [asking.fetch, asking['http.get']]) {
    await ask(`${inside}/`);
    await ask(`${outside}/fails`);
    await ask(`${outside}/ignored`);
  }
  const told = [
    ['/', 'string'],
    ['/fails', 'undefined'],
    ['/ignored', 'undefined'],
  ];
  expect(seen).toEqual([...told, ...told]);
  const spans = await sent();
  expect(ofKind(spans, 3)).toHaveLength(4);
  expect(ofKind(spans, 2)).toHaveLength(4);
  const counts = await samplesOf(collector, 'http_client_request_duration_seconds_count');
  expect(counts.map(({ value }) => value)).toEqual([2, 2]);
});

it('never observes what telemetry itself sends', async () => {
  const { collector, sent, received } = await instrumented();
  const url = await listen((_, response) => void response.end());
  await asking.fetch(url);
  for (let i = 0; i < 3; i++) await sent();
  expect(received.length).toBeGreaterThan(0);
  const [count, ...others] = await samplesOf(
    collector,
    'http_client_request_duration_seconds_count',
  );
  expect(count).toMatchObject({ value: 1, labels: { server_port: new URL(url).port } });
  expect(others).toEqual([]);
  expect(received.map(({ headers }) => headers.traceparent)).not.toContainEqual(expect.any(String));
});

it('is not in the way of a middleware that observes the same requests', async () => {
  const { collector, requests, sent } = await instrumented({ client: false });
  const app = express();
  app.use(expressMetrics({ collector, tracing: requests, route: () => '/of/the/middleware' }));
  app.get('/users/:id', (_, response) => void response.send('a user'));
  await asking.fetch(`${await listen(app)}/users/1`);
  expect(await sent()).toMatchObject([{ name: 'GET /of/the/middleware', kind: 2 }]);
  expect(await requestsOf(collector)).toEqual([['GET', '/of/the/middleware', '200', 1]]);
});

it('says why there was no answer', async () => {
  const { collector, sent } = await instrumented();
  let arrived = () => {};
  const url = await listen(({ url }, response) => {
    arrived();
    if (url === '/lost') response.destroy();
  });
  // Nobody listens there.
  const refused = `http://127.0.0.1:${await freePort()}`;
  await expect(fetch(refused)).rejects.toThrow();
  await new Promise((resolve) => get(refused).on('error', resolve));
  await new Promise((resolve) => get(`${url}/lost`).on('error', resolve));
  const arrival = () =>
    new Promise<void>((resolve) => {
      arrived = resolve;
    });
  const client = get(`${url}/given-up`).on('error', () => {});
  await arrival();
  client.destroy();
  const limit = new AbortController();
  const given = fetch(url, { signal: limit.signal }).catch(({ name }) => name);
  await arrival();
  limit.abort();
  expect(await given).toBe('AbortError');
  const counts = () => samplesOf(collector, 'http_client_request_duration_seconds_count');
  const total = async () => (await counts()).reduce((sum, { value }) => sum + value, 0);
  await expect.poll(total).toBe(5);
  const spans = ofKind(await sent(), 3);
  expect(spans.map(({ status }) => status?.code)).toEqual([2, 2, 2, 2, 2]);
  const types = spans.map((span) => attributesOf(span)['error.type']);
  expect(types).toEqual(['Error', 'Error', 'Error', 'Error', 'AbortError']);
  const labels = (await counts()).map(({ labels }) => labels.error_type);
  expect(new Set(labels)).toEqual(new Set(types));
});

it('ends when it is told to, and does nothing the second time', async () => {
  const { collector, sent, undo } = await instrumented();
  instrumentProcess(collector)();
  const url = await listen((_, response) => void response.end());
  await asking['http.get'](url);
  undo();
  undo();
  for (const ask of Object.values(asking)) await ask(url);
  expect(await sent()).toHaveLength(2);
  expect(await requestsOf(collector)).toEqual([['GET', '', '200', 1]]);
});

it('refuses what is no option', async () => {
  const { collector } = await setUp();
  const option = (given: object) => () => instrumentProcess(collector, given);
  expect(option({ tracing: {} })).toThrow('requestTracing()');
  expect(option({ propagateTo: ['https://a.example/path'] })).toThrow('propagateTo');
  expect(option({ ignore: 'all' })).toThrow('ignore');
  expect(() => instrumentProcess(undefined as never)).toThrow('TelemetryCollector');
});
