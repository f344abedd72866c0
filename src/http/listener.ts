import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Listener } from '../collector/services.ts';
import type { Exposition } from '../formats/rendering.ts';
import { nodeBuiltin } from '../platform/node-builtin.ts';
import { askPermission } from '../platform/permissions.ts';
import { nextTurn } from '../platform/timers.ts';
import type { RenderRequest, ServeOptions } from '../protocol/requests.ts';
import { acceptsGzip } from './accept.ts';
import { boundClients, PATIENCE, waits } from './clients.ts';
import { answersHost, unknownHost } from './hosts.ts';
import {
  hostOf,
  metricsHeaders,
  pathOf,
  refusal,
  rooted,
  SCRAPE_TIMEOUT,
  scrapeTimeout,
} from './request.ts';
import { checkedServeOptions } from './serve-options.ts';

/** Rejects when the signal aborts, or too many ask. */
type Respond = (request: RenderRequest, signal: AbortSignal) => Promise<Exposition>;

/** Bytes that wait for the scraper to take them. */
const MAX_BUFFERED = 262_144;

/**
 * Serves the exposition over HTTP from the thread that calls it.
 * @throws Error when the port is taken or listening is forbidden
 */
export async function listen(options: ServeOptions, respond: Respond): Promise<Listener> {
  // Also those of a thread that joined, which may be another's code.
  checkedServeOptions(options, () => {});
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  await askPermission('listening', { name: 'net', host: `${host}:${options.port}` });
  const http = nodeBuiltin('node:http')!;
  const server = http.createServer(PATIENCE, (request, response) => {
    const signal = waits(request, response);
    if (!signal) return refuseForNow(response);
    answer(options, respond, signal, request, response).catch((error) => {
      if (error?.name === 'TooManyAsk') return refuseForNow(response);
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`the exposition could not be made: ${error}\n`);
    });
  });
  boundClients(server);
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
  respond: Respond,
  signal: AbortSignal,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method, headers, url = '/' } = request;
  // What a whole URL says counts, whatever the header says (RFC 9112, section 3.2.2).
  const host = hostOf(url) ?? headers.host;
  if (!answersHost(host, options)) {
    // RFC 9110, section 15.5.20.
    response.writeHead(421, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(unknownHost(String(host)));
    return;
  }
  const pathname = pathOf(url);
  const refused = refusal({ method, pathname, authorization: headers.authorization }, options);
  if (refused) {
    response.writeHead(refused.status, refused.headers).end(refused.message);
    return;
  }
  const gzip = acceptsGzip(headers['accept-encoding']);
  const timeout = scrapeTimeout(headers[SCRAPE_TIMEOUT]);
  const wanted = { accept: headers.accept, gzip, timeout };
  const { pieces, contentType, done } = await respond(wanted, signal);
  if (done) whenAborted(signal, done);
  response.writeHead(200, {
    ...metricsHeaders(contentType, gzip),
    'content-length': pieces.reduce((length, piece) => length + piece.length, 0),
  });
  if (method !== 'HEAD') await write(response, signal, pieces);
  response.end();
}

/** Little by little: a scraper that reads slowly is not read ahead for, nor is the thread held up. */
async function write(
  response: ServerResponse,
  signal: AbortSignal,
  pieces: Exposition['pieces'],
): Promise<void> {
  // One listener each for all of it.
  let goOn = () => {};
  response.on('drain', () => goOn());
  whenAborted(signal, () => goOn());
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += MAX_BUFFERED) {
      if (signal.aborted) return;
      response.write(piece.subarray(at, at + MAX_BUFFERED));
      if (response.writableLength < MAX_BUFFERED || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      // What the system takes at once would else be written in one go, all of it.
      await nextTurn();
    }
  }
}

function whenAborted(signal: AbortSignal, run: () => void): void {
  if (signal.aborted) run();
  else signal.addEventListener('abort', run, { once: true });
}

function refuseForNow(response: ServerResponse): void {
  response
    .writeHead(503, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' })
    .end('too many requests wait for the metrics; ask again later\n');
}
