/** Serves a Fetch handler with Node's own server, as an application without a framework does. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';

type Handler = (request: Request) => Promise<Response>;

/** Resolves to the URL. The server ends with the test. */
export async function serveHandler(handler: Handler): Promise<string> {
  const server = createServer((request, response) => void answer(handler, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answer(handler: Handler, asked: IncomingMessage, told: ServerResponse) {
  const hasBody = asked.method !== 'GET' && asked.method !== 'HEAD';
  const request = new Request(new URL(asked.url ?? '/', `http://${asked.headers.host}`), {
    method: asked.method,
    headers: asked.headers as Record<string, string>,
    ...(hasBody && { body: Readable.toWeb(asked) as ReadableStream, duplex: 'half' }),
  } as RequestInit);
  const response = await handler(request);
  told.writeHead(response.status, Object.fromEntries(response.headers));
  told.end(Buffer.from(await response.arrayBuffer()));
}
