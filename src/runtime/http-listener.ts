import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RenderRequest, ServeOptions } from '../collector/protocol.ts';
import type { Exposition, Listener } from '../collector/services.ts';
import { nextTurn } from './collector-side.ts';
import {
  acceptsGzip,
  metricsHeaders,
  refusal,
  rooted,
  SCRAPE_TIMEOUT,
  scrapeTimeout,
} from './http-request.ts';
import { nodeBuiltin } from './node-builtin.ts';
import { askPermission } from './permissions.ts';

interface Emitter {
  on(name: string, listener: () => void): unknown;
  off(name: string, listener: () => void): unknown;
}

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
  // Of a request that waits behind another on a socket that is lost, only the socket tells.
  const closed = first([response, 'close'], [request.socket, 'close']);
  const timeout = scrapeTimeout(headers[SCRAPE_TIMEOUT]);
  const wanted = { accept: headers.accept ?? '', gzip, timeout };
  const { pieces, contentType, done } = await respond(wanted);
  void closed.then(done);
  response.writeHead(200, {
    ...metricsHeaders(contentType, gzip),
    'content-length': pieces.reduce((length, piece) => length + piece.length, 0),
  });
  if (method !== 'HEAD') await write(response, pieces);
  response.end();
}

/** Little by little: a scraper that reads slowly is not read ahead for, nor is the thread held up. */
async function write(response: ServerResponse, pieces: Exposition['pieces']): Promise<void> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += MAX_BUFFERED) {
      response.write(piece.subarray(at, at + MAX_BUFFERED));
      if (response.writableLength < MAX_BUFFERED || response.destroyed) continue;
      await first([response, 'drain'], [response, 'close']);
      // What the system takes at once would else be written in one go, all of it.
      await nextTurn();
    }
  }
}

/** Resolves with the first of some events. */
function first(...events: (readonly [Emitter, name: string])[]): Promise<void> {
  return new Promise((resolve) => {
    const happened = () => {
      for (const [emitter, name] of events) emitter.off(name, happened);
      resolve();
    };
    for (const [emitter, name] of events) emitter.on(name, happened);
  });
}
