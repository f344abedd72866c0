/** Tests that every request that is counted as begun is counted as ended once, whatever its client does. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server, ServerResponse } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import express from 'express';
import { Hono } from 'hono';
import { instrumentFetch } from 'utilityfog-telemetry/fetch';
import { honoMetrics } from 'utilityfog-telemetry/hono';
import { expressMetrics, instrumentListener } from 'utilityfog-telemetry/http';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCollector, samplesOf } from '../collectors.ts';
import { activeIn } from '../middleware/requests.ts';

const servers: Pick<Server, 'close'>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const MANY = 1000;

/** Sends so many requests at once, and leaves when the first of them has arrived. */
async function floodAndLeave(server: Server, arrived: Promise<unknown>): Promise<void> {
  const socket = connect(await listen(server), '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
  await new Promise((resolve) => socket.write(request.repeat(MANY), resolve));
  await arrived;
  const closed = new Promise<void>((resolve) => {
    server.getConnections((_, open) => (open === 0 ? resolve() : undefined));
    server.once('gone', () => resolve());
  });
  socket.destroy();
  await closed;
}

const middleware: Record<
  string,
  (collector: ReturnType<typeof makeCollector>, handler: RequestListener) => RequestListener
> = {
  'instrumentListener()': (collector, handler) => instrumentListener(handler, { collector }),
  'expressMetrics()': (collector, handler) => {
    const app = express();
    app.use(expressMetrics({ collector }));
    app.use((request, response) => void handler(request, response));
    return app;
  },
};

describe.each(Object.keys(middleware))('%s', (name) => {
  it('counts out a client that sends many requests and leaves', async () => {
    const collector = makeCollector();
    let seen = 0;
    let arrive = () => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const handler: RequestListener = () => {
      seen++;
      // Node stops reading while much waits to be written, so this takes as many as come.
      if (seen === 2) setImmediate(arrive);
    };
    const server = createServer(middleware[name](collector, handler));
    server.on('connection', (socket) =>
      socket.on('close', () => setImmediate(() => server.emit('gone'))),
    );
    await floodAndLeave(server, arrived);
    await expect.poll(() => activeIn(collector)).toBe(0);
    const counted = await samplesOf(collector, 'http_requests_total');
    expect(counted.reduce((sum, { value }) => sum + value, 0)).toBe(seen);
  });

  it('keeps nothing of requests that were answered, on a connection that stays', async () => {
    const collector = makeCollector();
    const server = createServer(
      middleware[name](collector, (_, response) => void response.end('x')),
    );
    const port = await listen(server);
    const warned: unknown[] = [];
    const warn = (warning: unknown) => warned.push(warning);
    process.on('warning', warn);
    for (let i = 0; i < 30; i++) await (await fetch(`http://127.0.0.1:${port}/`)).text();
    await expect.poll(() => activeIn(collector)).toBe(0);
    process.off('warning', warn);
    expect(warned).toEqual([]);
  });

  it.skipIf(name === 'expressMetrics()')('counts out requests over HTTP/2', async () => {
    const collector = makeCollector();
    const listener = middleware[name](collector, (request, response) => {
      if (request.url === '/answered') response.end('x');
    });
    const server = createHttp2Server(listener as never);
    const port = await listen(server as never);
    const client = connectHttp2(`http://127.0.0.1:${port}`);
    client.on('error', () => {});
    const answered = client.request({ ':path': '/answered' });
    answered.resume();
    await once(answered, 'close');
    for (let i = 0; i < 20; i++) client.request({ ':path': '/' }).on('error', () => {});
    await expect.poll(() => activeIn(collector)).toBe(20);
    client.destroy();
    await expect.poll(() => activeIn(collector)).toBe(0);
  });

  describe.each([
    'answers the request as any other',
    'hands the connection to an upgrade listener',
    'runs it through the application',
    'takes the connection from its response',
  ])('counts out a request to upgrade or to connect that the server %s', (way) => {
    it.each(['Upgrade', 'CONNECT'])('%s', async (kind) => {
      const collector = makeCollector();
      let seen = 0;
      const handler = middleware[name]!(collector, (request, response) => {
        seen++;
        if (way !== 'takes the connection from its response') {
          response.end('x');
          return;
        }
        const { socket } = request;
        response.detachSocket(socket);
        socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
      });
      const server = createServer(handler);
      const switched = 'HTTP/1.1 101 Switching Protocols\r\n\r\n';
      // Node leaves such a connection to the handler of the upgrade.
      const follow = (socket: Duplex) => socket.on('end', () => socket.end()).resume();
      for (const event of ['upgrade', 'connect']) {
        if (way === 'hands the connection to an upgrade listener') {
          server.on(event, (_, socket) => void follow(socket).write(switched));
        } else if (way === 'runs it through the application' || kind === 'CONNECT') {
          // express-ws does the same: the response never has a connection, and never ends.
          server.on(event, (request, socket) => {
            const response = new ServerResponse(request);
            response.end = () => response;
            if (way === 'takes the connection from its response') response.assignSocket(socket);
            handler(request, response);
            follow(socket).write(switched);
          });
        }
      }
      const port = await listen(server);
      const sockets = Array.from({ length: 5 }, () => connect(port, '127.0.0.1'));
      const first = kind === 'Upgrade' ? 'GET / HTTP/1.1' : 'CONNECT x:1 HTTP/1.1';
      const header = kind === 'Upgrade' ? 'Connection: upgrade\r\nUpgrade: websocket\r\n' : '';
      for (const socket of sockets) {
        socket.on('error', () => {});
        socket.write(`${first}\r\nHost: x\r\n${header}\r\n`);
      }
      await Promise.all(sockets.map((socket) => once(socket, 'data')));
      for (const socket of sockets) socket.destroy();
      await expect.poll(() => activeIn(collector)).toBe(0);
      const counted = await samplesOf(collector, 'http_requests_total');
      expect(counted.reduce((sum, { value }) => sum + value, 0)).toBe(seen);
    });
  });
});

describe('handlers of Fetch', () => {
  const forever = () => new Promise<Response>(() => {});

  it('instrumentFetch() counts out a client that leaves while the handler waits', async () => {
    const collector = makeCollector();
    const client = new AbortController();
    void instrumentFetch(forever, { collector })(
      new Request('http://x/', { signal: client.signal }),
    );
    expect(await activeIn(collector)).toBe(1);
    client.abort();
    expect(await activeIn(collector)).toBe(0);
    const [sample, ...others] = await samplesOf(collector, 'http_requests_total');
    expect([sample.labels.status, sample.value, others]).toEqual(['499', 1, []]);
  });

  it('honoMetrics() counts out a client that leaves while the handler waits', async () => {
    const collector = makeCollector();
    const client = new AbortController();
    const app = new Hono();
    app.use(honoMetrics({ collector }));
    app.get('/wait', forever);
    void app.request(new Request('http://x/wait', { signal: client.signal }));
    await expect.poll(() => activeIn(collector)).toBe(1);
    client.abort();
    expect(await activeIn(collector)).toBe(0);
  });

  it('count a request once whose body is left in the middle', async () => {
    const collector = makeCollector();
    const client = new AbortController();
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(9)),
    });
    const handler = instrumentFetch(() => new Response(body), { collector });
    const response = await handler(new Request('http://x/', { signal: client.signal }));
    client.abort();
    await response.body?.cancel();
    expect(await activeIn(collector)).toBe(0);
    const [sample, ...others] = await samplesOf(collector, 'http_requests_total');
    expect([sample.labels.status, sample.value, others]).toEqual(['200', 1, []]);
  });
});

describe.each<[string, unknown]>([
  ['null', null],
  ['a number', 7],
  ['an object', {}],
  ['a symbol', Symbol('odd')],
  ['a promise', Promise.resolve('/')],
  ['a promise that is rejected', undefined],
])('a `route` that returns %s', (name, value) => {
  // The rejection is made at the request; earlier, it would be rejected before anybody could look at it.
  const route = () =>
    (name === 'a promise that is rejected' ? Promise.reject(new Error('odd')) : value) as string;
  const counted = async (collector: ReturnType<typeof makeCollector>) => {
    await expect.poll(() => activeIn(collector)).toBe(0);
    const samples = await samplesOf(collector, 'http_requests_total');
    const durations = await samplesOf(collector, 'http_server_request_duration_seconds_count');
    return [
      ...samples.map(({ labels, value }) => [labels.route, value]),
      ...durations.map(({ labels, value }) => [labels.http_route, value]),
    ];
  };

  it.each(['instrumentListener()', 'expressMetrics()'])(
    'counts the request under none, %s',
    async (middleware) => {
      const collector = makeCollector();
      const answer: RequestListener = (_, response) => void response.end('answer');
      const listener =
        middleware === 'expressMetrics()'
          ? express().use(expressMetrics({ collector, route }), answer)
          : instrumentListener(answer, { collector, route });
      const port = await listen(createServer(listener));
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('answer');
      expect(await counted(collector)).toEqual([
        ['', 1],
        ['', 1],
      ]);
    },
  );

  it('counts the request under none, instrumentFetch()', async () => {
    const collector = makeCollector();
    const handler = instrumentFetch(() => new Response('answer'), { collector, route });
    expect(await (await handler(new Request('http://localhost/'))).text()).toBe('answer');
    expect(await counted(collector)).toEqual([
      ['', 1],
      ['', 1],
    ]);
  });
});
