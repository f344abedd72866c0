import type { IncomingMessage, ClientRequest as NodeRequest } from 'node:http';
import { announcesRequests } from '../platform/announced-requests.ts';
import { nodeBuiltin } from '../platform/node-builtin.ts';
import type { ClientRequest } from './client-requests.ts';
import type { OutgoingRequest, OutgoingRequests } from './outgoing-requests.ts';

type Message = { readonly request: NodeRequest };

/**
 * Observes the requests that are made with `node:http` and `node:https`.
 * @returns ends that
 */
export function observeNodeClients(begin: OutgoingRequests): () => void {
  const channels = nodeBuiltin('node:diagnostics_channel');
  if (!channels) return () => {};
  const underWay = new WeakMap<object, ClientRequest>();
  const created = (request: NodeRequest) => {
    const observed = begin(() => outgoing(request));
    if (!observed) return;
    underWay.set(request, observed);
    follow(request, observed);
  };
  const heard: Readonly<Record<string, (message: never) => void>> = {
    'http.client.response.finish': (message: Message & { response: IncomingMessage }) => {
      const observed = underWay.get(message.request);
      if (observed) followResponse(message.response, observed);
    },
    'http.client.request.error': ({ request, error }: Message & { error: unknown }) =>
      underWay.get(request)?.settle({ error }),
    ...(announcesRequests() && {
      'http.client.request.created': ({ request }: Message) => created(request),
    }),
  };
  for (const [name, hear] of Object.entries(heard)) channels.subscribe(name, hear as never);
  const unwrap = announcesRequests() ? undefined : wrapRequests(created);
  return () => {
    for (const [name, hear] of Object.entries(heard)) channels.unsubscribe(name, hear as never);
    unwrap?.();
  };
}

function outgoing(request: NodeRequest): OutgoingRequest {
  const { method, protocol, path } = request;
  const host = request.getHeader('host') ?? request.host;
  return {
    method,
    // In a request to a proxy the path is a whole URL.
    url: new URL(path, `${protocol}//${host}`),
    isTraced: request.hasHeader('traceparent'),
    add: (name, value) => void request.setHeader(name, value),
  };
}

function follow(request: NodeRequest, observed: ClientRequest): void {
  request.once('close', () => {
    // An upgrade has no other sign of its answer.
    const { res } = request as { res?: IncomingMessage };
    observed.settle(res?.statusCode ? { status: res.statusCode } : { error: ABORTED });
    observed.close();
  });
}

/** A connection that was lost, or a request that was given up, without an error. */
const ABORTED = /* @__PURE__ */ Object.assign(new Error(), { name: 'AbortError' });

function followResponse(response: IncomingMessage, observed: ClientRequest): void {
  const ended = () => {
    observed.settle({ status: response.statusCode });
    observed.close();
  };
  response.once('end', ended).once('close', ended);
}

type Make = (...args: unknown[]) => NodeRequest;

/**
 * Puts other functions in the place of those that make requests, for versions of Node that say of a request only when it
 * is too late for headers.
 * @returns ends that, except where somebody else has wrapped them since
 */
function wrapRequests(created: (request: NodeRequest) => void): () => void {
  const undo: (() => void)[] = [];
  for (const module of [nodeBuiltin('node:http'), nodeBuiltin('node:https')]) {
    if (!module) continue;
    const functions = module as unknown as { request: Make; get: Make };
    const before = { request: functions.request, get: functions.get };
    const after = {
      request(this: unknown, ...args: unknown[]) {
        const request = before.request.apply(this, args);
        created(request);
        return request;
      },
      // The original ends the request before it returns.
      get(this: unknown, ...args: unknown[]) {
        const request = after.request.apply(this, args);
        request.end();
        return request;
      },
    };
    Object.assign(functions, after);
    undo.push(() => {
      for (const name of ['request', 'get'] as const) {
        if (functions[name] === after[name]) functions[name] = before[name];
      }
    });
  }
  const sync = () => nodeBuiltin('node:module')?.syncBuiltinESMExports();
  sync();
  return () => {
    for (const one of undo) one();
    sync();
  };
}
