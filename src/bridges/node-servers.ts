import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { nodeBuiltin } from '../platform/node-builtin.ts';
import { routeOf } from './fetch-metrics.ts';
import { expressRoute, followRequest } from './node-requests.ts';
import type { ServerRequests } from './server-requests.ts';

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
const followed = new WeakSet<Server>();

/**
 * Observes each request of each server of `node:http` and `node:https`, in Node and Deno.
 * @param isIgnored never throws
 * @returns ends that
 */
export function observeServers(
  observe: ServerRequests,
  isIgnored: (request: IncomingMessage) => boolean,
): () => void {
  const channels = nodeBuiltin('node:diagnostics_channel');
  const started = (message: unknown) => {
    const { request, response, server } = message as Started;
    if (isIgnored(request)) return;
    const follow = () =>
      followRequest(observe, request, response, () => routeOf(expressRoute, request));
    // Other instrumentation begins its span when the server tells its listeners. Ours is told within that span.
    if (isWrapped(inheritedEmit(server))) {
      server.prependOnceListener('request', (told) => {
        if (told === request) follow();
      });
      return;
    }
    const handle = follow();
    const before = handlings.get(request);
    handlings.set(request, before ? (run) => before(() => handle(run)) : handle);
    followEmit(server);
  };
  channels?.subscribe(CHANNEL, started);
  return () => void channels?.unsubscribe(CHANNEL, started);
}

/** OpenTelemetry marks the functions that it has put in the place of others. */
const isWrapped = (emit: unknown): boolean => (emit as { __wrapped?: unknown }).__wrapped === true;

/**
 * Runs the listeners of a server within the spans of their requests. The channel itself cannot do that: its subscribers
 * return before the listeners are called.
 */
function followEmit(server: Server): void {
  if (followed.has(server)) return;
  followed.add(server);
  const own = Object.hasOwn(server, 'emit') ? server.emit : undefined;
  server.emit = function (this: Server, ...args: Parameters<Server['emit']>): boolean {
    const run = () => (own ?? inheritedEmit(this)).apply(this, args);
    const request: unknown = args[1];
    const handle = handlings.get(request as object);
    if (!handle) return run();
    handlings.delete(request as object);
    return handle(run);
  } as Server['emit'];
}

/** It is looked up each time, since others may replace it at any time. */
const inheritedEmit = (server: Server): Server['emit'] =>
  (Object.getPrototypeOf(server) as Server).emit;
