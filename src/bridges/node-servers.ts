import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { announcesAnswers } from '../platform/announced-requests.ts';
import { hearChannels } from '../platform/heard-channels.ts';
import { nodeBuiltin } from '../platform/node-builtin.ts';
import { routeOf } from './fetch-metrics.ts';
import { expressRoute, followRequest } from './node-requests.ts';
import type { ServerRequests } from './server-requests.ts';
import { quietly } from './shared-metric.ts';

/** https://nodejs.org/api/diagnostics_channel.html#http */
const CHANNEL = 'http.server.request.start';

interface Started {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: Server;
}

type Handling = (handle: () => boolean) => boolean;

/** How a request is to be handled whose server is about to say so to its listeners. */
const handlings = new WeakMap<object, Handling>();
/** The servers, and classes of them, whose `emit` runs the handlings. */
const followed = new WeakSet<Server>();
/** Who is told of requests where there is no channel. */
const listening = new Set<(message: Started) => void>();

/**
 * Observes each request of each server of `node:http` and `node:https`.
 * @param isIgnored never throws
 * @returns ends that
 */
export function observeServers(
  observe: ServerRequests,
  isIgnored: (request: IncomingMessage) => boolean,
): () => void {
  const started = ({ request, response, server }: Started) => {
    if (isIgnored(request)) return;
    const follow = () =>
      followRequest(observe, request, response, () => routeOf(expressRoute, request));
    // Other instrumentation begins its span when the server tells its listeners. Ours is told within that span.
    if (isWrapped(inheritedEmit(server)) && isToldOf(server, request)) {
      server.prependOnceListener('request', (told) => {
        if (told === request) follow();
      });
      return;
    }
    const handle = follow();
    const before = handlings.get(request);
    handlings.set(request, before ? (run) => before(() => handle(run)) : handle);
    if (!followed.has(Object.getPrototypeOf(server) as Server)) followEmit(server);
  };
  if (announcesAnswers()) return hearChannels({ [CHANNEL]: started });
  listening.add(started);
  const { Server } = nodeBuiltin('node:http') ?? {};
  if (Server) followEmit(Server.prototype);
  return () => void listening.delete(started);
}

/** Whether listeners of `request` get it. Those of `checkContinue` and the like may get it instead. */
function isToldOf(server: Server, { headers: { expect } }: IncomingMessage): boolean {
  if (expect === undefined) return true;
  return /\b100-continue\b/i.test(expect) && server.listenerCount('checkContinue') === 0;
}

/** OpenTelemetry marks the functions that it has put in the place of others. */
const isWrapped = (emit: unknown): boolean => (emit as { __wrapped?: unknown }).__wrapped === true;

/**
 * Runs the listeners of a server, or of all servers of a class, within the spans of their requests. The channel itself
 * cannot do that: its subscribers return before the listeners are called.
 */
function followEmit(server: Server): void {
  if (followed.has(server)) return;
  followed.add(server);
  const own = Object.hasOwn(server, 'emit') ? server.emit : undefined;
  server.emit = function (this: Server, ...args: Parameters<Server['emit']>): boolean {
    const run = () => (own ?? inheritedEmit(server)).apply(this, args);
    const [event, request, response] = args as unknown as [string, IncomingMessage, ServerResponse];
    if (event === 'request')
      for (const tell of listening) quietly(() => tell({ request, response, server: this }));
    const handle = handlings.get(request);
    if (!handle) return run();
    handlings.delete(request);
    return handle(run);
  } as Server['emit'];
}

/** It is looked up each time, since others may replace it at any time. */
const inheritedEmit = (of: Server): Server['emit'] => (Object.getPrototypeOf(of) as Server).emit;
