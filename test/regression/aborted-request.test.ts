/**
 * A page that was left while it sent something failed a whole run of the tests: the server of a test rejected, in
 * a listener that nobody awaits.
 */
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { bodyOf } from '../request-body.ts';

it('reads nothing from a client that goes away in the middle of its request', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = httpRequest({ port, host: '127.0.0.1', method: 'POST' });
  client.on('error', () => {});
  client.write('half of it');
  const [request] = (await once(server, 'request')) as [IncomingMessage];
  const body = bodyOf(request);
  client.destroy();
  expect(await body).toBe(undefined);
});
