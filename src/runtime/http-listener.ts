import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Rendered, RenderRequest, ServeOptions } from '../collector/protocol.ts';
import type { Listener } from '../collector/services.ts';
import { acceptsGzip, authorized } from './http-request.ts';
import { nodeBuiltin } from './node-builtin.ts';

/**
 * Serves the exposition over HTTP from the thread that calls it.
 * @throws Error when the port is taken or listening is forbidden
 */
export async function listen(
  options: ServeOptions,
  respond: (request: RenderRequest) => Promise<Rendered>,
): Promise<Listener> {
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
  const address = server.address() as import('node:net').AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${address.port}${options.path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // A scraper's keep-alive connection would keep the server from closing.
        server.closeAllConnections();
      }),
  };
}

async function answer(
  { path, bearerToken }: ServeOptions,
  respond: (request: RenderRequest) => Promise<Rendered>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const end = (status: number, message: string, headers: Record<string, string> = {}) => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
    response.end(message);
  };
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname !== path) return end(404, `not found; the metrics are at ${path}\n`);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return end(405, 'only GET and HEAD\n', { allow: 'GET, HEAD' });
  }
  if (!authorized(bearerToken, request.headers.authorization)) {
    return end(401, 'a bearer token is needed\n', { 'www-authenticate': 'Bearer' });
  }
  const gzip = acceptsGzip(String(request.headers['accept-encoding'] ?? ''));
  const { body, contentType } = await respond({ accept: request.headers.accept ?? '', gzip });
  response.writeHead(200, {
    'content-type': contentType,
    'content-length': body.byteLength,
    vary: 'accept, accept-encoding',
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
