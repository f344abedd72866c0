/** Tests that what is observed of HTTP tells the truth and changes nothing, whatever programs and others around them do. */
import { spawnSync } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import http, { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { context, type TracerProvider } from '@opentelemetry/api';
import { Hono } from 'hono';
import { instrumentFetch } from 'utilityfog-telemetry/fetch';
import { honoMetrics } from 'utilityfog-telemetry/hono';
import { instrumentListener } from 'utilityfog-telemetry/http';
import { requestTracing } from 'utilityfog-telemetry/opentelemetry';
import { createRelay } from 'utilityfog-telemetry/relay';
import { instrumentProcess, type ProcessOptions } from 'utilityfog-telemetry/server';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { redactedQuery, redactedUrl } from '../../src/bridges/http-conventions.ts';
import { makeCollector, samplesOf } from '../collectors.ts';
import { receiver } from '../exporters/http-server.ts';
import { activeIn, requestsOf } from '../middleware/requests.ts';
import { attributesOf, listen, setUp } from '../middleware/traced.ts';
import { counted, otlpRequest } from '../relay/batches.ts';

const undoing: (() => void)[] = [];
afterEach(() => {
  for (const undo of undoing.splice(0)) undo();
});

async function instrumented(options: ProcessOptions = {}) {
  const traced = await setUp();
  const ignore: ProcessOptions['ignore'] = ({ kind, url }) =>
    kind === 'server' && url === '/v1/traces';
  const given = { tracing: traced.requests, ignore, ...options };
  undoing.push(instrumentProcess(traced.collector, given));
  return traced;
}

const askedBy = {
  fetch: async (url: string) => void (await (await fetch(url)).text()),
  http: (url: string) =>
    new Promise<void>((resolve) => {
      const { hostname, port, href, origin } = new URL(url);
      const path = href.slice(origin.length);
      http.get({ hostname, port, path }, (response) => response.resume().on('end', resolve));
    }),
};

const clientCount = async (collector: ReturnType<typeof makeCollector>) => {
  const samples = await samplesOf(collector, 'http_client_request_duration_seconds_count');
  return samples.reduce((sum, { value }) => sum + value, 0);
};

describe.each(Object.entries(askedBy))('a path that begins with two slashes, by %s', (_, ask) => {
  it('names no other server, and takes no headers of traces there', async () => {
    const seen: unknown[] = [];
    const url = await listen(({ headers }, response) => {
      seen.push(headers.traceparent);
      response.end();
    });
    const { collector, sent } = await instrumented({
      propagateTo: ['http://inside.example'],
      server: false,
    });
    await ask(`${url}//inside.example/a?b`);
    await expect.poll(() => clientCount(collector)).toBe(1);
    expect(seen).toEqual([undefined]);
    const [span] = await sent();
    expect(attributesOf(span)).toMatchObject({
      'server.address': '127.0.0.1',
      'url.full': `${url}//inside.example/a?b`,
    });
  });
});

it('leaves no secret in a URL, however it is written', () => {
  for (const name of [
    'sig',
    'SIG',
    's%69g',
    'X-Amz-Signature',
    'X-Amz-Security-Token',
    'access_token',
    'id_token',
    'api_key',
    'client_secret',
    'password',
  ]) {
    expect(redactedUrl(new URL(`http://u:p@h/?a=1&${name}=hush&b=%zz#${name}=hush`))).toBe(
      `http://h/?a=1&${name}=REDACTED&b=%zz`,
    );
    // The route of some pages is in the fragment.
    expect(redactedQuery(`#/back?${name}=hush&%zz=1`)).toBe(`#/back?${name}=REDACTED&%zz=1`);
  }
  expect(redactedQuery('?design=a&tokens=b&signal=c&x')).toBe('?design=a&tokens=b&signal=c&x');
});

/** A provider of spans, each of whose methods throws. */
function throwing(): TracerProvider {
  const fails = () => {
    throw new Error('of the provider');
  };
  const span = new Proxy({}, { get: () => fails });
  return { getTracer: () => ({ startSpan: () => span, startActiveSpan: fails }) as never };
}

it.each(Object.entries(askedBy))(
  'a provider that throws is in the way of no request: %s',
  async (_, ask) => {
    const tracing = requestTracing(throwing());
    const { collector } = await instrumented({ tracing });
    const url = await listen((_, response) => void response.end('x'));
    await ask(url);
    await expect.poll(() => clientCount(collector)).toBe(1);
    await expect.poll(() => requestsOf(collector)).toEqual([['GET', '', '200', 1]]);
    const observed = tracing.page('click', {}, 0)!;
    observed.set('a', 1);
    observed.event('b', 0);
    observed.end(0);
    expect(tracing.client('GET', {}, 0)!.run(() => 'sent')).toBe('sent');
  },
);

it('a manager of contexts that throws is in the way of no request', async () => {
  const { tracer } = await setUp();
  context.disable();
  const fails = () => {
    throw new Error('of the manager');
  };
  const manager = { active: fails, with: fails, bind: fails, enable() {}, disable() {} };
  context.setGlobalContextManager(manager as never);
  const tracing = requestTracing({ getTracer: () => tracer });
  const span = tracing.page('click', {}, 0) as never as { run(work: () => string): string };
  expect(span.run(() => 'sent')).toBe('sent');
  expect(tracing.untraced(() => 'sent')).toBe('sent');
  let calls = 0;
  const failing = () => {
    calls++;
    throw new RangeError('of the application');
  };
  expect(() => span.run(failing)).toThrow('of the application');
  expect(calls).toBe(1);
});

it('a server that nobody can change answers as before', async () => {
  const { collector } = await instrumented({ client: false });
  const server = createServer((_, response) => void response.end('x'));
  Object.defineProperty(server, 'emit', { value: server.emit, writable: false });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // What a subscriber of a channel throws would be an exception that nobody catches.
  expect(await (await fetch(url)).text()).toBe('x');
  await expect.poll(() => requestsOf(collector)).toEqual([['GET', '', '200', 1]]);
});

describe('a listener that rejects', () => {
  const run = (wrapped: boolean, handled: boolean) => {
    const dist = new URL('../../dist/', import.meta.url).href;
    const program = `
      import http from 'node:http';
      import { TelemetryCollector } from '${dist}node.js';
      import { instrumentListener } from '${dist}http.js';
      process.on('unhandledRejection', (error) => console.log('unhandled', error.message));
      const failing = async () => { throw new Error('of the application'); };
      const collector = new TelemetryCollector();
      const inner = ${wrapped} ? instrumentListener(failing, { collector }) : failing;
      const listener = ${handled}
        ? (request, response) => void inner(request, response).catch(({ message }) => console.log('handled', message))
        : inner;
      const server = http.createServer(listener).listen(0, () => {
        const client = http.get({ port: server.address().port }).on('error', () => {});
        server.once('request', () => setTimeout(() => process.exit(), 50));
      });`;
    const args = ['--input-type=module', '-e', program];
    return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout;
  };

  it.each([true, false])('is reported as without instrumentation, handled: %s', (handled) => {
    const said = `${handled ? 'handled' : 'unhandled'} of the application\n`;
    expect([run(false, handled), run(true, handled)]).toEqual([said, said]);
  });
});

it('two collectors observe one process, and each ends by itself', async () => {
  const first = makeCollector();
  const second = makeCollector();
  const endFirst = instrumentProcess(first);
  undoing.push(endFirst, instrumentProcess(second));
  const url = await listen((_, response) => void response.end('x'));
  for (const ask of Object.values(askedBy)) await ask(url);
  for (const one of [first, second]) {
    await expect.poll(() => clientCount(one)).toBe(2);
    await expect.poll(() => requestsOf(one)).toEqual([['GET', '', '200', 2]]);
  }
  endFirst();
  for (const ask of Object.values(askedBy)) await ask(url);
  await expect.poll(() => clientCount(second)).toBe(4);
  await expect.poll(() => requestsOf(second)).toEqual([['GET', '', '200', 4]]);
  expect(await clientCount(first)).toBe(2);
  expect(await requestsOf(first)).toEqual([['GET', '', '200', 2]]);
});

it('ends while requests are open, and after its collector has shut down', async () => {
  const collector = makeCollector();
  const undo = instrumentProcess(collector);
  undoing.push(undo);
  let answer = () => {};
  const url = await listen((_, response) => {
    answer = () => response.end('late');
    response.write('early, ');
  });
  const response = await fetch(url);
  const other = http.get(url);
  await once(other, 'response');
  undo();
  await collector.shutdown();
  other.destroy();
  // The second request has replaced the first one's answer, so its connection is given up, too.
  await response.body!.cancel();
  answer();
});

it('an upgrade has a span of its client, with 101', async () => {
  const { collector, sent } = await instrumented();
  const server = createServer();
  server.on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\n');
    socket.on('data', (chunk) => socket.end(`back: ${chunk}`));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const headers = { connection: 'Upgrade', upgrade: 'own' };
  const request = http.get({ port, host: '127.0.0.1', path: '/socket', headers });
  const [response, socket] = await once(request, 'upgrade');
  expect(response.statusCode).toBe(101);
  socket.write('there');
  expect(String((await once(socket, 'data'))[0])).toBe('back: there');
  socket.destroy();
  await expect.poll(() => clientCount(collector)).toBe(1);
  const [span, ...others] = await sent();
  expect(others).toEqual([]);
  expect(attributesOf(span)).toMatchObject({
    'http.response.status_code': 101,
    'url.full': `http://127.0.0.1:${port}/socket`,
  });
});

it('counts each of pipelined requests, those with Expect and HEAD', async () => {
  const { collector, sent } = await instrumented({ client: false });
  const handler: RequestListener = (request, response) => {
    request.resume();
    response.end('x');
  };
  const server = createServer(handler);
  server.on('checkContinue', (request, response) => {
    response.writeContinue();
    handler(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const head = (first: string, more = '') => `${first} / HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
  const expecting = 'Expect: 100-continue\r\nContent-Length: 0\r\n';
  const last = 'Connection: close\r\n';
  socket.end(head('GET') + head('POST', expecting) + head('HEAD') + head('PUT', last));
  await once(socket.resume(), 'close');
  await expect.poll(() => requestsOf(collector)).toHaveLength(4);
  expect((await sent()).map(({ name }) => name).sort()).toEqual(['GET', 'HEAD', 'POST', 'PUT']);
});

it('what OpenTelemetry has wrapped keeps no listener of a request that is told otherwise', async () => {
  const { collector } = await instrumented({ client: false });
  class Wrapped extends http.Server {}
  const emit = function (this: http.Server, ...args: never[]) {
    return Reflect.apply(http.Server.prototype.emit, this, args);
  };
  Wrapped.prototype.emit = Object.assign(emit, { __wrapped: true }) as never;
  const server = new Wrapped((_, response) => void response.end('x'));
  server.on('checkContinue', (_, response) => void response.end('x'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const options = { port, method: 'POST', headers: { expect: '100-continue' } };
  for (let i = 0; i < 3; i++) {
    const [response] = await once(http.request(options).end(), 'response');
    await once(response.resume(), 'end');
  }
  expect(server.listenerCount('request')).toBe(1);
  await expect.poll(() => requestsOf(collector)).toEqual([['POST', '', '200', 3]]);
});

it('keeps no listener on a signal once a request is answered', async () => {
  const collector = makeCollector();
  const app = new Hono().use(honoMetrics({ collector })).get('/', ({ text }) => text('x'));
  const plain = instrumentFetch(() => new Response('x'), { collector });
  for (const handler of [plain, (request: Request) => app.fetch(request)]) {
    const request = new Request('http://localhost/', { signal: new AbortController().signal });
    const before = getEventListeners(request.signal, 'abort').length;
    await handler(request);
    expect(getEventListeners(request.signal, 'abort').length).toBe(before);
  }
  expect(await activeIn(collector)).toBe(0);
});

it('a relay that sends on is not observed as a client', async () => {
  const { collector } = await instrumented({ server: false });
  const { url, received } = await receiver();
  const relay = createRelay({
    allowOrigins: ['https://shop.example'],
    forward: { url, protocol: 'otlp' },
    collector: makeCollector(),
  });
  const request = otlpRequest({ metrics: [counted('views_total', 1)] }, 'json', {
    origin: 'https://shop.example',
  });
  expect((await relay(request)).ok).toBe(true);
  expect(received).toHaveLength(1);
  expect(received[0]!.headers.traceparent).toBeUndefined();
  expect(await clientCount(collector)).toBe(0);
});

it('errors with made-up names are few kinds, and a status that is no error is told', async () => {
  const collector = makeCollector();
  const handle = instrumentFetch(
    async (request: Request) => {
      const { pathname } = new URL(request.url);
      if (pathname === '/503') return new Response(null, { status: 503 });
      throw Object.assign(new Error('no'), { name: `Error of ${pathname}` });
    },
    { collector },
  );
  const ask = (path: string) => handle(new Request(`http://x${path}`)).catch(() => {});
  for (let i = 0; i < 100; i++) await ask(`/${i}`);
  await ask('/503');
  const samples = await samplesOf(collector, 'http_server_request_duration_seconds_count');
  const kinds = samples.map(({ labels, value }) => [labels.error_type, value]);
  expect(kinds).toHaveLength(22);
  expect(kinds).toContainEqual(['Error of /0', 1]);
  expect(kinds).toContainEqual(['_OTHER', 80]);
  expect(kinds).toContainEqual(['503', 1]);
});

it('listeners may be given what is no request of a server', () => {
  const collector = makeCollector();
  const listener = instrumentListener(() => 'answer', { collector });
  const response = { once() {} };
  expect(listener({ method: 'GET', headers: {} } as never, response as never)).toBe('answer');
});
