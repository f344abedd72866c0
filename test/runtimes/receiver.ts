/** The server that the feature `push` of the examples sends to, from wherever the conformance suite runs. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Receiver {
  /** Without a slash at the end. What is posted below it is read back from the same path. */
  readonly url: string;
  close(): Promise<void>;
}

/** A page of another origin must ask whether it may post JSON. */
const ANYBODY = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'content-type',
  'cache-control': 'no-store',
};

export async function startReceiver(): Promise<Receiver> {
  const posted = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const { method, url: path = '' } = request;
    if (method === 'POST') posted.set(path, await textOf(request));
    const text = method === 'GET' ? posted.get(path) : '';
    response.writeHead(text === undefined ? 404 : 200, ANYBODY).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.close();
    // Those that are kept alive would hold it for seconds.
    server.closeAllConnections();
    await once(server, 'close');
  };
  // Pages are served from the same name. To call a private address from a public one, a browser asks first.
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, close };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  return text;
}
