/** The server that the feature `push` of the examples sends to, from wherever the conformance suite runs. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bodyOf } from '../request-body.ts';

export interface Receiver {
  /** The address, without a slash at the end. What is posted to a path below can be read there. */
  readonly url: string;
  close(): Promise<void>;
}

/** Headers that allow pages of every origin to post what exporters send. */
const ANYBODY = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers':
    'content-type, content-encoding, x-prometheus-remote-write-version',
  'cache-control': 'no-store',
};

export async function startReceiver(): Promise<Receiver> {
  const posted = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const { method, url: path = '' } = request;
    const body = await bodyOf(request);
    if (!body) return;
    if (method === 'POST') posted.set(path, body.toString());
    const text = method === 'GET' ? posted.get(path) : '';
    response.writeHead(text === undefined ? 404 : 200, ANYBODY).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.close();
    // Connections that are kept alive would hold it open for seconds.
    server.closeAllConnections();
    await once(server, 'close');
  };
  // The address has the name that pages are served from: a browser that calls a private address from a public
  // one asks first.
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, close };
}
