import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expressMetrics, instrumentListener } from 'utilityfog-telemetry/http';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCollector } from '../collectors.ts';
import { activeIn, failuresOf, requestsOf } from './requests.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

async function listen(server: Server): Promise<string> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The response's `close` comes after its last byte, but the client already goes on at that byte. */
const settled = (collector: ReturnType<typeof makeCollector>) =>
  expect.poll(() => activeIn(collector)).toBe(0);

describe("Node's http", () => {
  it('records each request when its response has ended', async () => {
    const collector = makeCollector();
    const listener = instrumentListener(
      (req, res) => {
        res.statusCode = req.url === '/missing' ? 404 : 200;
        res.end('answer');
      },
      { collector, route: ({ url }) => (url?.startsWith('/users/') ? '/users/:id' : undefined) },
    );
    const url = await listen(createServer(listener));
    expect(await (await fetch(`${url}/users/1`)).text()).toBe('answer');
    await (await fetch(`${url}/users/2`)).text();
    await (await fetch(`${url}/missing`)).text();
    await settled(collector);
    expect(await requestsOf(collector)).toEqual([
      ['GET', '/users/:id', '200', 2],
      ['GET', '', '404', 1],
    ]);
  });

  it('leaves errors to the server, and records their kind', async () => {
    const collector = makeCollector();
    const failing = (_: unknown, res: { destroy(): void }) => {
      res.destroy();
      throw new RangeError('of the application');
    };
    const listener = instrumentListener(failing as never, { collector });
    const thrown: unknown[] = [];
    const server = createServer((req, res) => {
      try {
        listener(req, res);
      } catch (error) {
        thrown.push(error);
      }
    });
    const url = await listen(server);
    await expect(fetch(url)).rejects.toThrow();
    await settled(collector);
    expect(thrown).toEqual([new RangeError('of the application')]);
    expect(await requestsOf(collector)).toEqual([['GET', '', '500', 1]]);
    expect(await failuresOf(collector)).toEqual([['', 'RangeError', 1]]);
  });

  it('records a client that went away before the answer as 499', async () => {
    const collector = makeCollector();
    let arrived = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const url = await listen(createServer(instrumentListener(() => arrived(), { collector })));
    const client = request(url).on('error', () => {});
    client.end();
    await arrival;
    expect(await activeIn(collector)).toBe(1);
    client.destroy();
    await settled(collector);
    expect(await requestsOf(collector)).toEqual([['GET', '', '499', 1]]);
  });
});

describe('Express', () => {
  it('records each request under the template that matched, with that of its router', async () => {
    const collector = makeCollector();
    const app = express();
    app.use(expressMetrics({ collector }));
    const orders = express.Router();
    orders.get('/:order', (_, res) => void res.send('an order'));
    app.use('/orders', orders);
    app.get('/users/:id', async (_, res) => void res.status(201).send('a user'));
    app.get('/fail', async () => {
      throw new RangeError('of the application');
    });
    app.use(
      ((_error, _req, res, _next) =>
        void res.status(500).send('failed')) as express.ErrorRequestHandler,
    );
    const url = await listen(createServer(app));
    for (const path of ['/orders/7', '/orders/8', '/users/1', '/fail', '/nowhere/at/all']) {
      await (await fetch(url + path)).text();
    }
    await settled(collector);
    expect(await requestsOf(collector)).toEqual([
      ['GET', '/orders/:order', '200', 2],
      ['GET', '/users/:id', '201', 1],
      ['GET', '/fail', '500', 1],
      ['GET', '', '404', 1],
    ]);
    expect(await failuresOf(collector)).toEqual([['/fail', '500', 1]]);
  });
});
