import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Rendered, RenderRequest, ServeOptions } from '../collector/protocol.ts';
import type { Listener } from '../collector/services.ts';
import { acceptsGzip, metricsHeaders, refusal, rooted } from './http-request.ts';
import { nodeBuiltin } from './node-builtin.ts';
import { askPermission } from './permissions.ts';

/**
 * Serves the exposition over HTTP from the thread that calls it.
 * @throws Error when the port is taken or listening is forbidden
 */
export async function listen(
  options: ServeOptions,
  respond: (request: RenderRequest) => Promise<Rendered>,
): Promise<Listener> {
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  await askPermission('listening', { name: 'net', host: `${host}:${options.port}` });
  const http = nodeBuiltin('node:http')!;
  const server = http.createServer((request, response) => {
    answer(options, respond, request, response).catch((error) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`the exposition could not be made: ${error}\n`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  // E.g. too many open files: the next scrape will tell, and nobody else may end for it.
  server.on('error', () => {});
  const address = server.address() as import('node:net').AddressInfo;
  return {
    url: `http://${host}:${address.port}${rooted(options.path)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // A scraper's keep-alive connection would keep the server from closing.
        server.closeAllConnections();
      }),
  };
}

async function answer(
  options: ServeOptions,
  respond: (request: RenderRequest) => Promise<Rendered>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method, headers } = request;
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const refused = refusal({ method, pathname, authorization: headers.authorization }, options);
  if (refused) {
    response.writeHead(refused.status, refused.headers).end(refused.message);
    return;
  }
  const gzip = acceptsGzip(String(headers['accept-encoding'] ?? ''));
  const { body, contentType } = await respond({ accept: headers.accept ?? '', gzip });
  response.writeHead(200, {
    ...metricsHeaders(contentType, gzip),
    'content-length': body.byteLength,
  });
  response.end(method === 'HEAD' ? undefined : body);
}
