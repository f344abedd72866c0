import type { IncomingMessage, ServerResponse } from 'node:http';
import { joinPieces } from '../bytes/pieces.ts';
import type { Listener } from '../collector/services.ts';
import { TooManyAsk } from '../collector/shared-answers.ts';
import type { Exposition } from '../formats/rendering.ts';
import { whenAborted } from '../platform/abort.ts';
import { nodeBuiltin } from '../platform/node-builtin.ts';
import { askPermission } from '../platform/permissions.ts';
import { nextTurn } from '../platform/timers.ts';
import type { ApiRequest } from '../protocol/queries.ts';
import type { RenderRequest, ServeOptions } from '../protocol/requests.ts';
import { acceptsGzip } from './accept-encoding.ts';
import { apiRequest, askApi, type CallPart, isForApi, MOST_BYTES, tooLarge } from './api.ts';
import { ApiLimits } from './api-limits.ts';
import { limitClients, PATIENCE, signalFor } from './client-limits.ts';
import { answersHost, unknownHost } from './hosts.ts';
import {
  hostOf,
  MOST_SCRAPES,
  metricsHeaders,
  namesIn,
  pathOf,
  refusal,
  SCRAPE_TIMEOUT,
  scrapeTimeout,
  TOO_MANY_SCRAPES,
  unauthorized,
  withLeadingSlash,
} from './request.ts';
import { checkedServeOptions } from './serve-options.ts';

/** Renders the exposition. Rejects when the signal aborts, or when too many ask at once. */
type Respond = (request: RenderRequest, signal: AbortSignal) => Promise<Exposition>;

/** How many bytes may wait for the scraper to take them. */
const MAX_BUFFERED = 262_144;

/**
 * Serves the exposition over HTTP from the thread that calls it.
 * @throws Error when the port is taken or listening is forbidden
 */
export async function listen(
  options: ServeOptions,
  respond: Respond,
  call?: CallPart,
): Promise<Listener> {
  // Options may come from a joined thread, which may run anybody's code.
  checkedServeOptions(options, () => {});
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  await askPermission('listening', { name: 'net', host: `${host}:${options.port}` });
  const scrapes = limited(options.maxScrapes, respond);
  const api = call && { call, limits: new ApiLimits() };
  const http = nodeBuiltin('node:http')!;
  const server = http.createServer(PATIENCE, (request, response) => {
    const signal = signalFor(request, response);
    if (!signal) return refuseForNow(response);
    answer(options, scrapes, api, signal, request, response).catch((error) => {
      if (error?.name === 'TooManyAsk') return refuseForNow(response);
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`the exposition could not be made: ${error}\n`);
    });
  });
  limitClients(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  // Errors such as too many open files are ignored here: the next scrape will show them, and nothing must
  // end because of them.
  server.on('error', () => {});
  // The server must not hold the process open, since it may run in the application's own thread.
  server.unref();
  const address = server.address() as import('node:net').AddressInfo;
  return {
    url: `http://${host}:${address.port}${withLeadingSlash(options.path)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // A scraper's keep-alive connection would keep the server from closing.
        server.closeAllConnections();
      }),
  };
}

/** Refuses scrapes beyond the limit. One is under way until its client has the answer, or has gone. */
function limited(most = MOST_SCRAPES, respond: Respond): Respond {
  let underWay = 0;
  return async (request, signal) => {
    if (underWay >= most) throw new TooManyAsk('too many ask at the same time');
    underWay++;
    whenAborted(signal, () => underWay--);
    return respond(request, signal);
  };
}

/** What answers queries, and what bounds these. */
interface Api {
  readonly call: CallPart;
  readonly limits: ApiLimits;
}

async function answer(
  options: ServeOptions,
  respond: Respond,
  api: Api | undefined,
  signal: AbortSignal,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method, headers, url = '/' } = request;
  // A host in the request target counts more than the header (RFC 9112, section 3.2.2).
  const host = hostOf(url) ?? headers.host;
  if (!answersHost(host, options)) {
    // Misdirected Request: RFC 9110, section 15.5.20.
    response.writeHead(421, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(unknownHost(String(host)));
    return;
  }
  const pathname = pathOf(url);
  const { authorization } = headers;
  const names = namesIn(url);
  const isQuery = api && isForApi(pathname, options);
  const refused = isQuery
    ? unauthorized(authorization, options)
    : refusal({ method, pathname, authorization, names }, options);
  if (refused) {
    response.writeHead(refused.status, refused.headers).end(refused.message);
    return;
  }
  const { createdSamples } = options;
  const gzip = acceptsGzip(headers['accept-encoding']);
  if (isQuery) {
    const contentType = headers['content-type'];
    const asked = apiRequest(method ?? '', pathname, url, { contentType, gzip });
    await answerQuery(api, asked, signal, request, response);
    return;
  }
  const timeout = scrapeTimeout(headers[SCRAPE_TIMEOUT]);
  const wanted = { accept: headers.accept, names, gzip, timeout, createdSamples };
  const { pieces, contentType, done } = await respond(wanted, signal);
  if (done) whenAborted(signal, done);
  response.writeHead(200, {
    ...metricsHeaders(contentType, gzip),
    'content-length': pieces.reduce((length, piece) => length + piece.length, 0),
  });
  if (method !== 'HEAD') await write(response, signal, pieces);
  response.end();
}

/** Answers a request to Prometheus' HTTP API, as soon as all of it has come. */
async function answerQuery(
  { call, limits }: Api,
  asked: ApiRequest,
  signal: AbortSignal,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const hold = limits.admit(signal);
  const given = await bodyOf(request, hold);
  const { status, headers, body } = given
    ? await askApi(call, { ...asked, body: given }, signal)
    : tooLarge();
  hold(body.length);
  response.writeHead(status, { ...headers, 'content-length': body.length });
  if (request.method !== 'HEAD') await write(response, signal, [body]);
  response.end();
}

/**
 * Resolves to `undefined` if the body is too large. Even then it is read to its end, or else the client would not
 * read the answer. `PATIENCE` says how long that may take.
 */
function bodyOf(
  request: IncomingMessage,
  hold: (bytes: number) => void,
): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    let pieces: Uint8Array[] | undefined = [];
    let length = 0;
    request.on('data', (piece: Uint8Array) => {
      length += piece.length;
      if (length > MOST_BYTES) pieces = undefined;
      if (!pieces) return;
      try {
        hold(piece.length);
        pieces.push(piece);
      } catch (error) {
        pieces = undefined;
        reject(error);
      }
    });
    request.once('end', () => resolve(pieces && joinPieces(pieces)));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the client has gone')));
  });
}

/**
 * Writes the body little by little. No more than a little waits for a slow scraper, and the thread is not
 * held up.
 */
async function write(
  response: ServerResponse,
  signal: AbortSignal,
  pieces: Exposition['pieces'],
): Promise<void> {
  // These two listeners serve all pieces.
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
      // Without this pause, all that the system takes at once would be written in one turn.
      await nextTurn();
    }
  }
}

function refuseForNow(response: ServerResponse): void {
  response
    .writeHead(503, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' })
    .end(TOO_MANY_SCRAPES);
}
