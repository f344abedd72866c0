import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RenderRequest, ServeOptions } from '../collector/protocol.ts';
import type { Exposition, Listener } from '../collector/services.ts';
import { nextTurn } from './collector-side.ts';
import { acceptsGzip, metricsHeaders, refusal, rooted } from './http-request.ts';
import { nodeBuiltin } from './node-builtin.ts';
import { askPermission } from './permissions.ts';

/** Bytes that wait for the scraper to take them. */
const MAX_BUFFERED = 262_144;

/**
 * Serves the exposition over HTTP from the thread that calls it.
 * @throws Error when the port is taken or listening is forbidden
 */
export async function listen(
  options: ServeOptions,
  respond: (request: RenderRequest) => Promise<Exposition>,
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
  // Where it lives in the application's own thread, too, it holds no process open.
  server.unref();
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
  respond: (request: RenderRequest) => Promise<Exposition>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method, headers } = request;
  // Not with `new URL()`, for which `//` names a host.
  const pathname = (request.url ?? '/').replace(/\?.*/, '');
  const refused = refusal({ method, pathname, authorization: headers.authorization }, options);
  if (refused) {
    response.writeHead(refused.status, refused.headers).end(refused.message);
    return;
  }
  const gzip = acceptsGzip(String(headers['accept-encoding'] ?? ''));
  // Not once it is finished: a scraper may have hung up, even before there was anything to tell.
  const closed = new Promise<void>((resolve) => void response.once('close', resolve));
  const { pieces, contentType, done } = await respond({ accept: headers.accept ?? '', gzip });
  void closed.then(done);
  response.writeHead(200, {
    ...metricsHeaders(contentType, gzip),
    'content-length': pieces.reduce((length, piece) => length + piece.length, 0),
  });
  if (method !== 'HEAD') for (const piece of pieces) await written(response, piece);
  response.end();
}

/** Resolves when there is room for more: a scraper that reads slowly is not read ahead for. */
async function written(response: ServerResponse, piece: Uint8Array): Promise<void> {
  response.write(piece);
  if (response.writableLength < MAX_BUFFERED || response.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
  // What the system takes at once would else be written in one go, all of it.
  await nextTurn();
}
