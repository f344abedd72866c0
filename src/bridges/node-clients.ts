import type { IncomingMessage, ClientRequest as NodeRequest } from 'node:http';
import { announcesRequests } from '../platform/announced-requests.ts';
import { hearChannels } from '../platform/heard-channels.ts';
import { nodeBuiltin } from '../platform/node-builtin.ts';
import type { ClientOutcome, ClientRequest } from './client-requests.ts';
import { type OutgoingRequest, type OutgoingRequests, requestUrl } from './outgoing-requests.ts';
import { quietly } from './shared-metric.ts';

type Message = { readonly request: NodeRequest };

/**
 * Observes the requests that are made with `node:http` and `node:https`.
 * @returns ends that
 */
export function observeNodeClients(begin: OutgoingRequests): () => void {
  const underWay = new WeakMap<object, End>();
  const created = (request: NodeRequest) => {
    const observed = begin(() => outgoing(request));
    if (observed) underWay.set(request, follow(request, observed));
  };
  const heard: Readonly<Record<string, (message: never) => void>> = {
    'http.client.response.finish': (message: Message & { response: IncomingMessage }) => {
      const end = underWay.get(message.request);
      if (end) followResponse(message.response, end);
    },
    'http.client.request.error': ({ request, error }: Message & { error: unknown }) =>
      underWay.get(request)?.({ error }),
    ...(announcesRequests() && {
      'http.client.request.created': ({ request }: Message) => created(request),
    }),
  };
  const endHearing = hearChannels(heard);
  const unwrap = announcesRequests()
    ? undefined
    : wrapRequests((request) => quietly(() => created(request)));
  return () => {
    endHearing();
    unwrap?.();
  };
}

function outgoing(request: NodeRequest): OutgoingRequest {
  const { method, protocol, path } = request;
  const host = request.getHeader('host') ?? request.host;
  return {
    method,
    url: requestUrl(`${protocol}//${host}`, method, path),
    isTraced: request.hasHeader('traceparent'),
    add: (name, value) => void request.setHeader(name, value),
  };
}

/** Ends the observation of a request. Only the first call counts. */
type End = (outcome: ClientOutcome) => void;

/** A connection that was lost, or a request that was given up, without an error. */
const ABORTED = /* @__PURE__ */ Object.assign(new Error(), { name: 'AbortError' });

function follow(request: NodeRequest, observed: ClientRequest): End {
  let isOpen = true;
  const end: End = (outcome) => {
    if (!isOpen) return;
    isOpen = false;
    observed.settle(outcome);
    observed.close();
  };
  request.once('close', () => {
    // An upgrade has no other sign of its answer.
    const { res } = request as { res?: IncomingMessage };
    end(res?.statusCode ? { status: res.statusCode } : { error: ABORTED });
  });
  return end;
}

function followResponse(response: IncomingMessage, end: End): void {
  const ended = () => end({ status: response.statusCode });
  response.once('end', ended).once('close', ended);
}

type Make = (...args: unknown[]) => NodeRequest;

/**
 * Puts other functions in the place of those that make requests, for versions of Node that say of a request only when it
 * is too late for headers.
 * @returns ends that. Where somebody else has wrapped them since, they stay, and only hand on.
 */
function wrapRequests(created: (request: NodeRequest) => void): () => void {
  const undo: (() => void)[] = [];
  let isOn = true;
  for (const module of [nodeBuiltin('node:http'), nodeBuiltin('node:https')]) {
    if (!module) continue;
    const functions = module as unknown as { request: Make; get: Make };
    const before = { request: functions.request, get: functions.get };
    const after = {
      request(this: unknown, ...args: unknown[]) {
        const request = before.request.apply(this, args);
        if (isOn) created(request);
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
    isOn = false;
    for (const one of undo) one();
    sync();
  };
}
