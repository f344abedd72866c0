/** Middlewares make a span and the metrics of a request from one observation. */
import { request as ask, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { context, propagation, trace } from '@opentelemetry/api';
import express from 'express';
import { Hono } from 'hono';
import { instrument } from 'utilityfog-telemetry/edge';
import { instrumentFetch } from 'utilityfog-telemetry/fetch';
import { honoMetrics } from 'utilityfog-telemetry/hono';
import { expressMetrics, instrumentListener } from 'utilityfog-telemetry/http';
import { requestTracing } from 'utilityfog-telemetry/opentelemetry';
import { expect, it } from 'vitest';
import type { SentSpan } from '../opentelemetry/traces/sent-spans.ts';
import { requestsOf } from './requests.ts';
import { attributesOf, durationsOf, listen, PARENT, setUp, TRACE, traceparent } from './traced.ts';

const nanoseconds = ({ startTimeUnixNano, endTimeUnixNano }: SentSpan) =>
  Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano));

it('gives a request of Express a span with the attributes of the conventions', async () => {
  const { collector, requests, sent, tracer } = await setUp();
  const app = express();
  app.use(expressMetrics({ collector, tracing: requests }));
  const users = express.Router();
  users.get('/:id', async (_, response) => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    tracer.startSpan('inner').end();
    const entry = propagation.getBaggage(context.active())?.getEntry('tenant');
    response.send(`tenant ${entry?.value}`);
  });
  app.use('/users', users);
  const url = await listen(app);
  const response = await fetch(`${url}/users/7?sig=secret&x=1`, {
    headers: { traceparent, tracestate: 'a=b', baggage: 'tenant=shop', 'user-agent': 'test' },
  });
  expect(await response.text()).toBe('tenant shop');
  const [inner, span] = await sent();
  const { spanId } = span!;
  expect(inner).toMatchObject({ name: 'inner', parentSpanId: spanId, traceId: TRACE });
  expect(span).toMatchObject({
    ...{ name: 'GET /users/:id', kind: 2, traceId: TRACE, parentSpanId: PARENT },
    traceState: 'a=b',
  });
  expect(span!.status).toEqual({});
  expect(attributesOf(span)).toEqual({
    'http.request.method': 'GET',
    'url.scheme': 'http',
    'url.path': '/users/7',
    'url.query': 'sig=REDACTED&x=1',
    'server.address': '127.0.0.1',
    'server.port': Number(new URL(url).port),
    'user_agent.original': 'test',
    'network.protocol.version': '1.1',
    'http.route': '/users/:id',
    'http.response.status_code': 200,
  });
  const [duration] = await durationsOf(collector);
  expect(duration!.exemplars?.map(({ labels }) => labels)).toEqual([
    { trace_id: TRACE, span_id: spanId },
  ]);
  // The clock of spans has whole nanoseconds, of which a number since 1970 keeps a few hundred.
  expect(Math.abs(nanoseconds(span!) - duration!.sum * 1e9)).toBeLessThan(2000);
});

it('takes the route template of Hono, and errors only from 500 on', async () => {
  const { collector, requests, sent } = await setUp();
  const app = new Hono();
  app.use(honoMetrics({ collector, tracing: requests }));
  app.get('/users/:id', (c) => c.text('no', 404));
  app.get('/broken', (c) => c.text('later', 503));
  app.get('/fail', () => {
    throw new RangeError('of the application');
  });
  app.onError((_, c) => c.text('failed', 500));
  for (const path of ['/users/1', '/broken', '/fail', '/nowhere']) await app.request(path);
  const [missing, broken, failed, nowhere] = await sent();
  expect(missing).toMatchObject({ name: 'GET /users/:id', status: {} });
  expect(broken).toMatchObject({ name: 'GET /broken', status: { code: 2 } });
  expect(attributesOf(broken)['error.type']).toBe(503);
  expect(failed).toMatchObject({ name: 'GET /fail', status: { code: 2 } });
  expect(attributesOf(failed)['error.type']).toBe('RangeError');
  expect(failed!.events).toMatchObject([{ name: 'exception' }]);
  expect(nowhere).toMatchObject({ name: 'GET', status: {} });
  expect(attributesOf(nowhere)).toMatchObject({ 'server.address': 'localhost', 'server.port': 80 });
});

it('makes the span active in fetch handlers, and rethrows what they throw', async () => {
  const { collector, requests, sent } = await setUp();
  const failure = new TypeError('of the application');
  let active: string | undefined;
  const handler = instrumentFetch(
    async ({ method }) => {
      await null;
      active = trace.getActiveSpan()?.spanContext().spanId;
      if (method === 'PURGE') throw failure;
      return new Response('answer');
    },
    { collector, tracing: requests },
  );
  const request = new Request('https://shop.example/a', { method: 'PURGE' });
  await expect(handler(request)).rejects.toBe(failure);
  expect(trace.getActiveSpan()).toBeUndefined();
  const [span] = await sent();
  expect(span).toMatchObject({ name: 'HTTP', spanId: active, status: { code: 2 } });
  expect(attributesOf(span)).toMatchObject({
    'http.request.method': '_OTHER',
    'http.request.method_original': 'PURGE',
    'server.port': 443,
    'http.response.status_code': 500,
  });
});

it('observes a request once, although several middlewares do', async () => {
  const { collector, requests, sent } = await setUp();
  const app = new Hono();
  app.use(honoMetrics({ collector, tracing: requests }));
  app.use(honoMetrics({ collector, tracing: requests }));
  app.get('/users/:id', (c) => c.text('a user'));
  const given = { collector, tracing: requests, flush: 0 };
  const { fetch: handle } = instrument({ fetch: (request: Request) => app.fetch(request) }, given);
  const request = new Request('https://shop.example/users/1');
  await handle(request);
  // The same one again is another request.
  await handle(request);
  expect((await sent()).map(({ name }) => name)).toEqual(['GET /users/:id', 'GET /users/:id']);
  expect(await requestsOf(collector)).toEqual([['GET', '/users/:id', '200', 2]]);
});

it('sends spans with the flush at the edge', async () => {
  const { spans, provider } = await setUp();
  const work: Promise<unknown>[] = [];
  // The collector of the handler is another one than that of the spans.
  const handle = instrument(
    (_request: Request, _env: object, _ctx: object) => new Response('answer'),
    { tracing: requestTracing(provider) },
  );
  const waitUntil = (promise: Promise<unknown>) => void work.push(promise);
  await handle(new Request('https://shop.example/'), {}, { waitUntil });
  await Promise.all(work);
  expect(spans()).toMatchObject([{ name: 'GET' }]);
});

it('ends the span of a client that has gone, and begins a trace if headers contradict each other', async () => {
  const { collector, requests, sent } = await setUp();
  let arrived = () => {};
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const url = await listen(instrumentListener(() => arrived(), { collector, tracing: requests }));
  const client = ask(url, { headers: { traceparent: `${traceparent}, ${traceparent}` } });
  client.on('error', () => {}).end();
  await arrival;
  client.destroy();
  const [span] = await sent();
  expect(attributesOf(span)).toMatchObject({ 'http.response.status_code': 499 });
  expect(span!.status).toEqual({});
  // Two of them contradict each other.
  expect(span!.traceId).not.toBe(TRACE);
});

it('ends the span of a streamed response with the last byte', async () => {
  const { collector, requests, sent, spans } = await setUp();
  let finish = () => {};
  const listener: RequestListener = (_, response) => {
    response.write('first');
    finish = () => void response.end('last');
  };
  const url = await listen(instrumentListener(listener, { collector, tracing: requests }));
  const reader = (await fetch(url)).body!.getReader();
  await reader.read();
  await collector.flush();
  expect(spans()).toEqual([]);
  finish();
  while (!(await reader.read()).done);
  expect(await sent()).toMatchObject([{ name: 'GET' }]);
});

it('names the client only if it is told to', async () => {
  const { collector, requests, sent } = await setUp({ clientAddress: true });
  const url = await listen(
    instrumentListener((_, response) => void response.end(), { collector, tracing: requests }),
  );
  await (await fetch(url)).text();
  await (await fetch(url, { headers: { 'x-forwarded-for': '192.0.2.7, 10.0.0.1' } })).text();
  const addresses = (await sent()).map((span) => attributesOf(span)['client.address']);
  expect(addresses).toEqual(['127.0.0.1', '192.0.2.7']);
});

it.each([
  'GET http://other.example:81/a/b?c HTTP/1.1\r\nHost: x',
  'OPTIONS * HTTP/1.1\r\nHost: [::1]:8080',
  'GET //evil/%ff?sig=a&Signature=b# HTTP/1.1\r\nHost: a:b:c',
  `GET /\t HTTP/1.1\r\nHost: a\r\ntraceparent: 00-${'f'.repeat(4000)}-${PARENT}-01`,
  `GET / HTTP/1.1\r\nHost: a\r\ntraceparent: ff-${TRACE}-${PARENT}-01\r\nbaggage: ${'%,='.repeat(900)}`,
])('is not troubled by %s', async (head) => {
  const { collector, requests, sent } = await setUp();
  const url = new URL(
    await listen(
      instrumentListener((_, response) => void response.end('answer'), {
        collector,
        tracing: requests,
      }),
    ),
  );
  const socket = connect(Number(url.port), url.hostname);
  socket.end(`${head}\r\nConnection: close\r\n\r\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  if (!String(Buffer.concat(chunks)).includes('200 OK')) return; // Node itself has refused it
  const [span] = await sent();
  expect(span!.traceId).not.toBe(TRACE);
  expect(JSON.stringify(attributesOf(span))).not.toMatch(/sig=a|Signature=b/);
});

it('answers although the request cannot be read', async () => {
  const { collector, requests, sent } = await setUp();
  const handler = instrumentFetch(() => new Response('answer'), { collector, tracing: requests });
  const hostile = new Proxy({} as Request, {
    get(_, name) {
      if (name === 'signal') return undefined;
      throw new Error(`${String(name)} cannot be read`);
    },
  });
  expect(await (await handler(hostile)).text()).toBe('answer');
  expect(await sent()).toEqual([]);
  expect(await requestsOf(collector)).toEqual([['_OTHER', '', '200', 1]]);
});

it('rethrows an error that cannot be read', async () => {
  const { collector, requests, sent } = await setUp();
  const hostile = Object.defineProperty(new Error(), 'name', {
    get() {
      throw new RangeError('of the application');
    },
  });
  const failing = (): Response => {
    throw hostile;
  };
  const handler = instrumentFetch(failing, { collector, tracing: requests });
  await expect(handler(new Request('https://shop.example/'))).rejects.toBe(hostile);
  expect(attributesOf((await sent())[0])['error.type']).toBe('Error');
});
